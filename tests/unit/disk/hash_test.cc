#include "engine/disk/hash.h"

#include <gtest/gtest.h>

#include <string_view>

namespace nextline {
namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// Files on disk are called and checked by these numbers: another library must give the same.
TEST(Hash, IsXxh3WithoutASeed) {
  EXPECT_EQ(hash_64(bytes("")), 0x2d06800538d394c2U);
  EXPECT_EQ(hash_128(bytes("")), (Hash128{0x6001c324468d497f, 0x99aa06d3014798d8}));
  EXPECT_EQ(hash_64({}), hash_64(bytes("")));
}

TEST(Hash, OfOtherBytesIsAnother) {
  EXPECT_NE(hash_64(bytes("a")), hash_64(bytes("b")));
  EXPECT_NE(hash_128(bytes("a")), hash_128(bytes("b")));
  EXPECT_NE(hash_64(bytes("a")), hash_64(bytes(std::string_view("a\0", 2))));
}

}  // namespace
}  // namespace nextline
