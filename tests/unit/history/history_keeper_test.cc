#include "lsp/history/history_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "tests/support/sample_repository.h"
#include "tests/unit/history/sample_index.h"

namespace nextline::lsp {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using test::SampleRepository;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class HistoryKeeperTest : public ::testing::Test {
 protected:
  HistoryKeeperTest() {
    options_.folder = indices_.path() / "history";
    start();
  }

  void start(HistoryIntervals intervals = {}) {
    keeper_ = std::make_unique<HistoryKeeper>(
        tokenizer_, options_,
        [this](const WorkStatus& status) {
          const std::lock_guard lock(mutex_);
          shown_.push_back(status);
        },
        [this] { ++rests_; }, intervals);
  }
  fs::path file(const std::string& path) const { return repository_.path() / path; }
  void open(const std::string& path) const {
    keeper_->open(file(path));
    keeper_->finish();
  }
  void save(const std::string& path, const std::string& text) const {
    keeper_->saved(file(path), std::make_shared<const std::string>(text));
  }
  std::set<std::string> contents(const std::string& path) const {
    return test::contents_of(keeper_->view(file(path)).segments, tokenizer_);
  }
  template <typename Condition>
  static bool comes_true(Condition condition) {
    for (int i = 0; i < 2000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return false;
  }

  SampleRepository repository_{SampleRepository::Kind::kWithFiles};
  const test::TemporaryFolder indices_;
  const Tokenizer tokenizer_ = test::byte_tokenizer();
  HistoryOptions options_;
  std::mutex mutex_;
  std::vector<WorkStatus> shown_;
  std::atomic<int> rests_ = 0;
  std::unique_ptr<HistoryKeeper> keeper_;
};

TEST_F(HistoryKeeperTest, HasAViewOfAFileOnceItsRepositoryIsIndexed) {
  repository_.commit({{"in/a.py", "one\n"}});
  EXPECT_THAT(keeper_->view(file("in/a.py")).path, IsEmpty());
  open("in/a.py");
  EXPECT_EQ(keeper_->view(file("in/a.py")).path, "in/a.py");
  EXPECT_THAT(contents("in/a.py"), ElementsAre("one\n"));
  EXPECT_THAT(shown_, IsEmpty()) << "It took but a moment.";
}

TEST_F(HistoryKeeperTest, WhatIsThereAlreadyIsOfUseBeforeAnythingIsRead) {
  repository_.commit({{"a.py", "one\n"}});
  open("a.py");
  keeper_.reset();
  start();
  open("new.py");  // Need not be there.
  EXPECT_THAT(contents("new.py"), ElementsAre("one\n"));
}

TEST_F(HistoryKeeperTest, AFileInNoRepositoryHasAnEmptyView) {
  const fs::path outside = indices_.path() / "a.py";
  keeper_->open(outside);
  keeper_->open("");
  keeper_->open(file(".git/config"));
  keeper_->finish();
  EXPECT_THAT(keeper_->view(outside).segments, IsEmpty());
  EXPECT_THAT(keeper_->view(outside).path, IsEmpty());
  EXPECT_THAT(keeper_->view(file(".git/config")).path, IsEmpty());
}

TEST_F(HistoryKeeperTest, WhatLooksLikeASecretHasAnEmptyView) {
  repository_.commit({{"a.py", "one\n"}});
  open("a.py");
  open(".env");
  repository_.write(".env", "TOKEN=1\n");
  fs::create_symlink(file(".env"), file("harmless.py"));
  open("harmless.py");
  for (const char* const path : {".env", "harmless.py"}) {
    EXPECT_THAT(keeper_->view(file(path)).segments, IsEmpty()) << path;
    EXPECT_THAT(keeper_->view(file(path)).path, IsEmpty()) << path;
  }
}

TEST_F(HistoryKeeperTest, SeesNewCommits) {
  repository_.commit({{"a.py", "one\n"}});
  HistoryIntervals often;
  often.between_looks = milliseconds(20);
  start(often);
  open("a.py");
  repository_.commit({{"a.py", "one\nmore\n"}});
  EXPECT_TRUE(comes_true([&] { return contents("a.py").contains("one\nmore\n"); }));
}

TEST_F(HistoryKeeperTest, SaysWhenWhatWasDueIsDone) {
  repository_.commit({{"a.py", "one\n"}});
  open("a.py");
  const int rests = rests_;
  EXPECT_GT(rests, 0);
  save("a.py", "one\nsaved\n");
  EXPECT_TRUE(comes_true([&] { return rests_ > rests; })) << "Though nobody waits for it.";
}

TEST_F(HistoryKeeperTest, HasTheLinesThatWereSaved) {
  repository_.commit({{"a.py", "one\ntwo\n"}});
  open("a.py");
  save("a.py", "one\nsaved\ntwo\n");
  save("a.py", "one\nsaved\ntwo\nlater\n");
  save("a.py", "one\ntwo\nlater\n");
  save("a.py", "one\nsaved\ntwo\nlater\n");  // Which is known.
  save("new.py", "all of it\nis new\n");
  keeper_->finish();
  EXPECT_THAT(contents("a.py"),
              UnorderedElementsAre("one\ntwo\n", "saved\n", "later\n", "all of it\nis new\n"));
  EXPECT_EQ(test::texts_of(keeper_->view(file("a.py")).segments, tokenizer_).size(), 4U);
}

TEST_F(HistoryKeeperTest, WhatWasSavedOutlivesIt) {
  repository_.commit({{"a.py", "one\n"}});
  open("a.py");
  save("a.py", "one\nsaved\n");
  keeper_.reset();
  start();
  open("a.py");
  EXPECT_THAT(contents("a.py"), Contains("saved\n"));
}

TEST_F(HistoryKeeperTest, SavesDoNotEachMakeASegment) {
  repository_.commit({{"a.py", "one\n"}});
  open("a.py");
  std::string text = "one\n";
  for (int i = 0; i < 20; ++i) save("a.py", text += "line " + std::to_string(i) + "\n");
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(keeper_->view(file("a.py")).segments.size(), 1U);
  keeper_->finish();
  EXPECT_EQ(keeper_->view(file("a.py")).segments.size(), 2U);
}

TEST_F(HistoryKeeperTest, DoesNotAddWhatIsIgnoredOrSecret) {
  repository_.write(".gitignore", "local/\n");
  repository_.commit({{"a.py", "one\n"}});
  open("a.py");
  save("local/a.py", "ignored\n");
  save(".env", "TOKEN=1\n");
  keeper_->finish();
  EXPECT_THAT(contents("a.py"), ElementsAre("one\n"));
}

TEST_F(HistoryKeeperTest, ShowsAnUpdateThatTakesLonger) {
  repository_.commit({{"a.py", "one\n"}});
  start({.unshown = milliseconds(0)});
  open("a.py");
  keeper_.reset();
  ASSERT_GE(shown_.size(), 2U);
  EXPECT_FALSE(shown_.front().finished);
  EXPECT_TRUE(shown_.back().finished);
}

TEST_F(HistoryKeeperTest, EndsAtOnceWhateverItIsAt) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i) + "\n";
  for (int i = 0; i < 30; ++i) repository_.commit({{"a.py", text += std::to_string(i) + "\n"}});
  for (const int after : {0, 1, 5, 20, 80}) {
    options_.folder = indices_.path() / std::to_string(after);
    start();
    keeper_->open(file("a.py"));
    std::this_thread::sleep_for(milliseconds(after));
    const auto begun = std::chrono::steady_clock::now();
    keeper_.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
  }
}

TEST_F(HistoryKeeperTest, MayBeAskedByManyThreads) {
  repository_.commit({{"a.py", "one\n"}});
  start({.between_looks = milliseconds(1), .between_saves = milliseconds(1)});
  std::atomic<int> seen = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const std::string own = std::to_string(i) + ".py";
        std::string text = "one\n";
        for (int round = 0; round < 30; ++round) {
          keeper_->open(file(own));
          save(own, text += own + " " + std::to_string(round) + "\n");
          seen += static_cast<int>(contents(own).size());
          if (round % 10 == 0) keeper_->finish();
        }
      });
    }
  }
  keeper_->finish();
  EXPECT_THAT(contents("0.py"), Contains("one\n"));
  EXPECT_GT(seen, 0);
}

}  // namespace
}  // namespace nextline::lsp
