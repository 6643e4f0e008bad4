#include "lsp/documents/line_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/random.h"

namespace nextline::lsp {
namespace {

using ::testing::ElementsAre;

std::vector<std::size_t> starts(const LineIndex& index) {
  std::vector<std::size_t> result;
  for (std::size_t line = 0; line < index.line_count(); ++line) result.push_back(index.start(line));
  return result;
}

TEST(LineIndex, KnowsEachKindOfLineEnd) {
  EXPECT_THAT(starts(LineIndex("")), ElementsAre(0));
  EXPECT_THAT(starts(LineIndex("a")), ElementsAre(0));
  EXPECT_THAT(starts(LineIndex("a\nb\rc\r\nd")), ElementsAre(0, 2, 4, 7));
  EXPECT_THAT(starts(LineIndex("\r\r\n\n")), ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(starts(LineIndex("a\r")), ElementsAre(0, 2));
}

TEST(LineIndex, FindsTheLineOfAnOffset) {
  const LineIndex index("ab\r\nc");
  for (const std::size_t offset : {0, 1, 2, 3}) EXPECT_EQ(index.line_at(offset), 0u);
  for (const std::size_t offset : {4, 5}) EXPECT_EQ(index.line_at(offset), 1u);
}

TEST(LineIndex, FollowsAnEditThatPartsALineEndAndPutsItTogether) {
  LineIndex index("a\r\nb");
  index.update("a\rx\nb", 2, 0, 1);
  EXPECT_THAT(starts(index), ElementsAre(0, 2, 4));
  index.update("a\r\nb", 2, 1, 0);
  EXPECT_THAT(starts(index), ElementsAre(0, 3));
}

TEST(LineIndex, AfterRandomEditsEqualsAFreshIndex) {
  nextline::test::Random random(1);
  const auto random_text = [&random](std::size_t longest) {
    std::string text(random.below(longest + 1), ' ');
    for (char& byte : text) byte = "a\r\n"[random.below(3)];
    return text;
  };
  std::string text = random_text(20);
  LineIndex index(text);
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t offset = random.below(text.size() + 1);
    const std::size_t removed = random.below(std::min<std::size_t>(text.size() - offset, 6) + 1);
    const std::string inserted = random_text(5);
    text.replace(offset, removed, inserted);
    index.update(text, offset, removed, inserted.size());
    ASSERT_EQ(starts(index), starts(LineIndex(text)));
  }
}

}  // namespace
}  // namespace nextline::lsp
