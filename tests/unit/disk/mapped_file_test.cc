#include "engine/disk/mapped_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string_view>

#include "tests/support/temporary_folder.h"

namespace nextline {
namespace {

class MappedFileTest : public ::testing::Test {
 protected:
  void write(std::string_view text) const { std::ofstream(path_) << text; }
  FileDescriptor open(int flags = O_RDONLY) const {
    return FileDescriptor(::open(path_.c_str(), flags | O_CLOEXEC));
  }
  static std::string_view text_of(const MappedFile& file) {
    return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
  }

  const test::TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "file";
};

TEST_F(MappedFileTest, HasTheFilesBytes) {
  write("some text");
  const auto file = MappedFile::map(open(), 9, "The file");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(text_of(*file), "some text");
}

TEST_F(MappedFileTest, OfAnEmptyFileIsEmpty) {
  write("");
  const auto file = MappedFile::map(open(), 0, "The file");
  ASSERT_TRUE(file.has_value());
  EXPECT_TRUE(file->bytes().empty());
}

TEST_F(MappedFileTest, StaysWhereItIsOnAMove) {
  write("some text");
  auto file = MappedFile::map(open(), 9, "The file");
  ASSERT_TRUE(file.has_value());
  const std::string_view text = text_of(*file);
  const MappedFile moved = std::move(*file);
  EXPECT_EQ(text_of(moved).data(), text.data());
  EXPECT_EQ(text, "some text");
}

TEST_F(MappedFileTest, KeepsItsBytesWhereAnotherFileTakesThePlace) {
  write("some text");
  const auto file = MappedFile::map(open(), 9, "The file");
  ASSERT_TRUE(file.has_value());
  std::ofstream(folder_.path() / "other") << "other";
  std::filesystem::rename(folder_.path() / "other", path_);
  EXPECT_EQ(text_of(*file), "some text");
  std::filesystem::remove(path_);
  EXPECT_EQ(text_of(*file), "some text");
}

TEST_F(MappedFileTest, SaysWhatCannotBeMapped) {
  write("some text");
  const auto refused = MappedFile::map(open(O_WRONLY), 9, "The file");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "The file cannot be mapped into memory: Permission denied.");
}

}  // namespace
}  // namespace nextline
