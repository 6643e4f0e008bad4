#include "engine/kv/snapshot_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>

#include "tests/support/sample_snapshot.h"
#include "tests/support/temporary_folder.h"

namespace nextline {
namespace {

using test::sample_snapshot;
using ::testing::ElementsAre;

class SnapshotWriterTest : public ::testing::Test {
 protected:
  /// A store that waits at a gate before it writes the first byte.
  SnapshotStore gated_store() {
    FileCalls calls = FileCalls::of_the_system();
    calls.sync = [](int) { return 0; };
    calls.write = [this](int file, const void* bytes, std::size_t count) {
      has_begun_ = true;
      has_begun_.notify_all();
      is_shut_.wait(true);
      return ::write(file, bytes, count);
    };
    return SnapshotStore({folder_, 1 << 20, calls});
  }
  SnapshotWriter::Report report() {
    return [this](const SnapshotKey& key, const Result<void>& saved) {
      reports_.push_back(key.document + (saved ? " saved" : " dropped"));
    };
  }
  /// The first snapshot is being written, and stays so until `open`.
  void begin(SnapshotWriter& writer) {
    is_shut_ = true;
    writer.save(sample_snapshot("/first", 1, 1));
    has_begun_.wait(false);
  }
  void open() {
    is_shut_ = false;
    is_shut_.notify_all();
  }
  std::size_t tokens_of(const std::string& document) const {
    SnapshotRequest request = test::request_of(sample_snapshot(document, 0, 1));
    request.slot_count = 1000;
    const auto loaded = SnapshotStore({folder_}).load(request);
    return loaded && *loaded ? (*loaded)->tokens.size() : 0;
  }

  const test::TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path();
  std::atomic<bool> is_shut_{false};
  std::atomic<bool> has_begun_{false};
  std::vector<std::string> reports_;  // The writer's thread; read once it has finished.
};

TEST_F(SnapshotWriterTest, WritesWhatItIsGiven) {
  SnapshotWriter writer(gated_store(), report());
  writer.save(sample_snapshot("/a", 3, 1));
  writer.save(sample_snapshot("/b", 4, 1));
  writer.finish();
  EXPECT_THAT(reports_, ElementsAre("/a saved", "/b saved"));
  EXPECT_EQ(tokens_of("/a"), 3U);
  EXPECT_EQ(tokens_of("/b"), 4U);
}

TEST_F(SnapshotWriterTest, ANewerSnapshotTakesTheWaitingOnesPlace) {
  SnapshotWriter writer(gated_store(), report());
  begin(writer);
  writer.save(sample_snapshot("/a", 3, 1));
  writer.save(sample_snapshot("/b", 3, 1));
  writer.save(sample_snapshot("/a", 5, 1));
  open();
  writer.finish();
  EXPECT_THAT(reports_, ElementsAre("/first saved", "/a saved", "/b saved"));
  EXPECT_EQ(tokens_of("/a"), 5U);
}

TEST_F(SnapshotWriterTest, TheOneThatHasWaitedLongestIsDroppedWhereTooManyWait) {
  SnapshotWriter writer(gated_store(), report());
  begin(writer);
  for (const char* document : {"/a", "/b", "/c", "/d", "/e"}) {
    writer.save(sample_snapshot(document, 3, 1));
  }
  open();
  writer.finish();
  EXPECT_THAT(reports_, ElementsAre("/first saved", "/a dropped", "/b saved", "/c saved",
                                    "/d saved", "/e saved"));
}

TEST_F(SnapshotWriterTest, FinishesWhatWaitsBeforeItEnds) {
  {
    SnapshotWriter writer(gated_store());
    begin(writer);
    writer.save(sample_snapshot("/a", 3, 1));
    open();
  }
  EXPECT_EQ(tokens_of("/a"), 3U);
}

}  // namespace
}  // namespace nextline
