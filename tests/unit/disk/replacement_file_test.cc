#include "engine/disk/replacement_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "tests/support/temporary_folder.h"

namespace nextline {
namespace {

// What becomes of a file whose writer is killed, or whose disk is full: snapshot_store_test.
class ReplacementFileTest : public ::testing::Test {
 protected:
  ReplacementFileTest() {
    calls_.sync = [](int) { return 0; };
  }

  ReplacementFile create() {
    auto file = ReplacementFile::create(folder_, calls_, "name", "The file");
    EXPECT_TRUE(file.has_value());
    return std::move(*file);
  }
  static std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
  }
  std::string content() const {
    std::string text;
    std::ifstream(top_.path() / "name") >> text;
    return text;
  }
  std::set<std::string> files() const {
    const auto entries = folder_.entries();
    std::set<std::string> names;
    for (const auto& entry : *entries) names.insert(entry.name);
    return names;
  }

  const test::TemporaryFolder top_;
  const PrivateFolder folder_ = *PrivateFolder::create(top_.path());
  FileCalls calls_ = FileCalls::of_the_system();
};

TEST_F(ReplacementFileTest, TakesThePlaceOnceItIsWhole) {
  std::ofstream(top_.path() / "name") << "earlier";
  ReplacementFile file = create();
  ASSERT_TRUE(file.write(bytes("la")).has_value());
  ASSERT_TRUE(file.write(bytes("ter")).has_value());
  EXPECT_EQ(content(), "earlier");
  ASSERT_TRUE(file.put_in_place().has_value());
  EXPECT_EQ(content(), "later");
  EXPECT_EQ(files(), std::set<std::string>{"name"});
}

TEST_F(ReplacementFileTest, GoesWithoutATraceIfItIsNotPutInPlace) {
  {
    ReplacementFile file = create();
    ASSERT_TRUE(file.write(bytes("later")).has_value());
    const ReplacementFile moved = std::move(file);
    EXPECT_EQ(files().size(), 1U);
  }
  EXPECT_TRUE(files().empty());
}

TEST_F(ReplacementFileTest, SeveralForOneNameDoNotMeet) {
  ReplacementFile a = create();
  ReplacementFile b = create();
  ASSERT_TRUE(a.write(bytes("a")).has_value());
  ASSERT_TRUE(b.write(bytes("b")).has_value());
  ASSERT_TRUE(b.put_in_place().has_value());
  ASSERT_TRUE(a.put_in_place().has_value());
  EXPECT_EQ(content(), "a");
}

TEST_F(ReplacementFileTest, AFailureBehindTheRenameIsSaidAndLeavesTheNewFile) {
  const int folder = folder_.descriptor();
  calls_.sync = [folder](int file) {
    errno = EIO;
    return file == folder ? -1 : 0;
  };
  ReplacementFile file = create();
  ASSERT_TRUE(file.write(bytes("later")).has_value());
  const auto put = file.put_in_place();
  ASSERT_FALSE(put.has_value());
  EXPECT_EQ(put.error().message, "The file may not outlast a loss of power: Input/output error.");
  EXPECT_EQ(content(), "later");
}

TEST_F(ReplacementFileTest, IsRemovedByOthersOnlyOnceItsWriterIsGone) {
  const ReplacementFile file = create();
  const pid_t writer = ::fork();
  if (writer == 0) {
    auto left = create();
    ::_exit(left.write(bytes("half")) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(writer, &status, 0), writer);
  ASSERT_EQ(status, 0);
  std::ofstream(top_.path() / "notes") << "x";
  EXPECT_EQ(files().size(), 3U);
  ReplacementFile::remove_abandoned(folder_);
  EXPECT_EQ(files().size(), 2U);  // This writer's and what is none of them.
}

TEST_F(ReplacementFileTest, AWriterThatLosesItsFileBeforeItLocksItMakesAnother) {
  // Another process removes what nobody holds, again and again, while this one makes files.
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t remover = ::fork();
  if (remover == 0) {
    ::close(pipe[1]);  // Ends with this test, however that ends.
    ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
    char byte = 0;
    while (::read(pipe[0], &byte, 1) < 0) ReplacementFile::remove_abandoned(folder_);
    ::_exit(0);
  }
  for (int round = 0; round < 2000; ++round) {
    ReplacementFile file = create();
    ASSERT_TRUE(file.put_in_place().has_value()) << round;
  }
  ASSERT_EQ(::write(pipe[1], "x", 1), 1);
  ::close(pipe[0]);
  ::close(pipe[1]);
  int status = 0;
  ASSERT_EQ(::waitpid(remover, &status, 0), remover);
  EXPECT_EQ(files(), std::set<std::string>{"name"});
}

}  // namespace
}  // namespace nextline
