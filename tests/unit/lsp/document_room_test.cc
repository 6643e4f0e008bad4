#include "lsp/documents/document_room.h"

#include <gtest/gtest.h>

#include <optional>

namespace nextline::lsp {
namespace {

constexpr DocumentLimits kLimits{
    .document_bytes = 100, .documents = 2, .all_documents = 3, .all_bytes = 250};

TEST(DocumentRoom, OneClientMayHaveSoManyDocumentsAndAllSoMany) {
  const DocumentRoom room(kLimits);
  const auto first = room.take(0);
  const auto second = room.take(1);
  EXPECT_TRUE(second);
  EXPECT_FALSE(room.take(2)) << "a third of the same client";
  auto third = room.take(0);
  EXPECT_FALSE(room.take(0)) << "a fourth of all";
  third.reset();
  EXPECT_TRUE(room.take(0));
}

TEST(DocumentRoom, ACopyIsTheSameRoom) {
  const DocumentRoom room(kLimits);
  const DocumentRoom copy = room;
  const auto first = room.take(0);
  const auto second = copy.take(0);
  const auto third = room.take(0);
  EXPECT_FALSE(copy.take(0));
}

TEST(DocumentRoom, HoldsATextUpToTheLimitAndNotAByteMore) {
  const DocumentRoom room(kLimits);
  auto place = room.take(0);
  EXPECT_EQ(room.hold(*place, 100), std::nullopt);
  EXPECT_EQ(room.hold(*place, 101), LeftOut::kTooLarge);
}

TEST(DocumentRoom, HoldsSoMuchTextTogether) {
  const DocumentRoom room(kLimits);
  auto first = room.take(0);
  auto second = room.take(1);
  auto third = room.take(0);
  ASSERT_EQ(room.hold(*first, 100), std::nullopt);
  ASSERT_EQ(room.hold(*second, 100), std::nullopt);
  EXPECT_EQ(room.hold(*third, 51), LeftOut::kTooMuchText);
  EXPECT_EQ(room.hold(*third, 50), std::nullopt);
  EXPECT_EQ(room.hold(*first, 99), std::nullopt) << "in place of what it held";
  EXPECT_EQ(room.hold(*third, 51), std::nullopt);
  second.reset();
  EXPECT_EQ(room.hold(*third, 100), std::nullopt) << "what is closed makes room";
}

}  // namespace
}  // namespace nextline::lsp
