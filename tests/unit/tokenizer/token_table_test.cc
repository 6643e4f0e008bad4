#include "engine/tokenizer/token_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/random.h"

namespace nextline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TokenTable table_of(const std::vector<std::string>& texts) {
  std::vector<TokenTable::Spelling> spellings;
  for (const std::string& text : texts) spellings.push_back({text, true});
  return TokenTable(spellings);
}

std::vector<TokenId> beginning_with(const TokenTable& table, std::string_view bytes) {
  const auto tokens = table.beginning_with(bytes);
  return {tokens.begin(), tokens.end()};
}

TEST(TokenTable, ListsTheTokensThatBeginAlikeSortedByTheirBytes) {
  const TokenTable table = table_of({"format", "f", "x", "for", "fo"});
  EXPECT_THAT(beginning_with(table, "fo"), ElementsAre(4, 3, 0));
  EXPECT_THAT(beginning_with(table, "f"), ElementsAre(1, 4, 3, 0));
  EXPECT_THAT(beginning_with(table, "format"), ElementsAre(0));
  EXPECT_THAT(beginning_with(table, "formats"), IsEmpty());
  EXPECT_THAT(beginning_with(table, "a"), IsEmpty());
  EXPECT_THAT(beginning_with(table, "z"), IsEmpty());
}

TEST(TokenTable, ListsTokensWithTheSameBytesById) {
  EXPECT_THAT(beginning_with(table_of({"ab", "a", "ab", "a"}), "a"), ElementsAre(1, 3, 0, 2));
}

TEST(TokenTable, ListsTokensThatNoTextBecomesButNoneWithoutBytes) {
  const TokenTable table({{"<tool_call>", false}, {"", false}, {"<", true}});
  EXPECT_THAT(beginning_with(table, ""), ElementsAre(2, 0));
}

TEST(TokenTable, HasNoTokensToListWhenEmpty) {
  EXPECT_THAT(beginning_with(TokenTable(), ""), IsEmpty());
}

TEST(TokenTable, ListsWhatAScanFinds) {
  test::Random random(11);
  // Long runs of few letters begin alike for more than eight bytes; zeros may be at the end.
  const std::string_view letters("\0a\xFF", 3);
  const auto text = [&] {
    std::string letters_in_a_row(random.below(2) ? 8 : 0, 'a');
    for (std::uint64_t length = random.below(4); length > 0; --length) {
      letters_in_a_row += letters[random.below(letters.size())];
    }
    return letters_in_a_row;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> texts;
    for (std::uint64_t size = random.below(60); texts.size() < size;) texts.push_back(text());
    const TokenTable table = table_of(texts);
    const std::string beginning = text();

    std::vector<TokenId> scanned;
    for (std::size_t token = 0; token < texts.size(); ++token) {
      if (!texts[token].empty() && texts[token].starts_with(beginning)) {
        scanned.push_back(static_cast<TokenId>(token));
      }
    }
    std::ranges::sort(scanned, [&](TokenId a, TokenId b) {
      return std::tie(texts[a], a) < std::tie(texts[b], b);
    });
    ASSERT_EQ(beginning_with(table, beginning), scanned);
  }
}

}  // namespace
}  // namespace nextline
