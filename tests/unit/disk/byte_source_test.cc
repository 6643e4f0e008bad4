#include "engine/disk/byte_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace nextline {
namespace {

TEST(FileSource, ReadsFromFrontToBackAndNoFurther) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "abcde";
  FileSource source(FileDescriptor(::open((folder.path() / "file").c_str(), O_RDONLY)), 5);
  EXPECT_EQ(source.size(), 5U);
  std::array<std::byte, 3> bytes{};
  EXPECT_TRUE(source.read(bytes));
  EXPECT_EQ(bytes[2], std::byte{'c'});
  EXPECT_FALSE(source.read(bytes));
}

TEST(FileSource, SaysThatAFileWasCutMeanwhile) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "file";
  std::ofstream(path) << "abcde";
  FileSource source(FileDescriptor(::open(path.c_str(), O_RDONLY)), 5);
  std::filesystem::resize_file(path, 2);
  std::array<std::byte, 5> bytes{};
  EXPECT_FALSE(source.read(bytes));
}

TEST(MemorySource, ReadsFromFrontToBackAndNoFurther) {
  const std::array<std::byte, 4> all = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  MemorySource source(all);
  EXPECT_EQ(source.size(), 4U);
  std::array<std::byte, 3> bytes{};
  EXPECT_TRUE(source.read(bytes));
  EXPECT_EQ(bytes[2], std::byte{3});
  EXPECT_FALSE(source.read(bytes));
  EXPECT_TRUE(source.read({}));
}

}  // namespace
}  // namespace nextline
