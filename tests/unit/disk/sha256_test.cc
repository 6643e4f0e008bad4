#include "engine/disk/sha256.h"

#include <gtest/gtest.h>

#include <string_view>

namespace nextline {
namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// The examples of FIPS 180-4.
TEST(Sha256, IsWhatOtherProgramsCompute) {
  EXPECT_EQ(sha256(bytes("abc")).value(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256({}).value(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, DoesNotDependOnThePiecesThatTheBytesComeIn) {
  auto hash = Sha256::begin();
  ASSERT_TRUE(hash) << hash.error().message;
  for (const std::string_view piece : {"a", "", "bc"}) hash->update(bytes(piece));
  EXPECT_EQ(hash->digits(), sha256(bytes("abc")).value());
}

}  // namespace
}  // namespace nextline
