#include "engine/disk/private_folder.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temporary_folder.h"

namespace nextline {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class PrivateFolderTest : public ::testing::Test {
 protected:
  PrivateFolder created() const {
    auto folder = PrivateFolder::create(path_);
    EXPECT_TRUE(folder.has_value());
    return std::move(*folder);
  }
  static mode_t mode_of(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }

  const test::TemporaryFolder top_;
  const fs::path path_ = top_.path() / "a" / "b";
};

TEST_F(PrivateFolderTest, IsMadeForThisUserAlone) {
  const mode_t before = ::umask(0);
  created();
  ::umask(before);
  EXPECT_EQ(mode_of(path_), 0700U);
}

TEST_F(PrivateFolderTest, IsClosedToOthersWhereItWasOpen) {
  fs::create_directories(path_);
  ASSERT_EQ(::chmod(path_.c_str(), 0777), 0);
  created();
  EXPECT_EQ(mode_of(path_), 0700U);
}

TEST_F(PrivateFolderTest, IsNothingWhereThereIsNone) {
  const auto folder = PrivateFolder::open(path_);
  ASSERT_TRUE(folder.has_value());
  EXPECT_FALSE(folder->has_value());
}

TEST_F(PrivateFolderTest, IsNoLinkNoFileAndNobodyElses) {
  fs::create_directories(top_.path() / "real");
  fs::create_symlink(top_.path() / "real", top_.path() / "link");
  std::ofstream(top_.path() / "file") << "x";
  for (const char* name : {"link", "file"}) {
    const auto folder = PrivateFolder::open(top_.path() / name);
    ASSERT_FALSE(folder.has_value());
    EXPECT_THAT(folder.error().message, HasSubstr("is not a folder."));
  }
  if (::geteuid() != 0) return;  // Others cannot give folders away.
  ASSERT_EQ(::chown((top_.path() / "real").c_str(), 12345, 12345), 0);
  const auto folder = PrivateFolder::open(top_.path() / "real");
  ASSERT_FALSE(folder.has_value());
  EXPECT_THAT(folder.error().message, HasSubstr("belongs to another user."));
}

TEST_F(PrivateFolderTest, OpensRegularFilesOnly) {
  const PrivateFolder folder = created();
  std::ofstream(path_ / "file") << "abc";
  fs::create_symlink(path_ / "file", path_ / "link");
  fs::create_directory(path_ / "folder");
  ASSERT_EQ(::mkfifo((path_ / "pipe").c_str(), 0600), 0);
  const auto file = folder.open_file("file");
  ASSERT_TRUE(file.has_value() && file->has_value());
  EXPECT_EQ((*file)->size, 3U);
  for (const char* name : {"link", "folder", "pipe"}) EXPECT_FALSE(folder.open_file(name));
  const auto none = folder.open_file("none");
  ASSERT_TRUE(none.has_value());
  EXPECT_FALSE(none->has_value());
}

TEST_F(PrivateFolderTest, ListsRegularFilesOnlyAndAnyNumberOfTimes) {
  const PrivateFolder folder = created();
  std::ofstream(path_ / "file") << "abc";
  fs::create_symlink(path_ / "file", path_ / "link");
  fs::create_directory(path_ / "folder");
  for (int time = 0; time < 2; ++time) {
    const auto entries = *folder.entries();
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].name, "file");
    EXPECT_EQ(entries[0].size, 3U);
  }
}

TEST_F(PrivateFolderTest, RemovesWhatHasNotChangedSinceItWasListed) {
  const PrivateFolder folder = created();
  std::ofstream(path_ / "file") << "abc";
  const auto listed = *folder.entries();
  ASSERT_EQ(listed.size(), 1U);
  fs::last_write_time(path_ / "file", fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_FALSE(folder.remove_unchanged(listed[0]));
  EXPECT_TRUE(fs::exists(path_ / "file"));
  EXPECT_TRUE(folder.remove_unchanged((*folder.entries())[0]));
  EXPECT_FALSE(fs::exists(path_ / "file"));
  EXPECT_TRUE(folder.remove_unchanged(listed[0]));  // Gone is gone.
}

TEST_F(PrivateFolderTest, StaysTheSameFolderWhateverBecomesOfItsPath) {
  const PrivateFolder folder = created();
  std::ofstream(path_ / "file") << "abc";
  fs::rename(path_, top_.path() / "moved");
  EXPECT_EQ(folder.entries()->size(), 1U);
  EXPECT_TRUE(folder.remove("file"));
  EXPECT_FALSE(fs::exists(top_.path() / "moved" / "file"));
}

}  // namespace
}  // namespace nextline
