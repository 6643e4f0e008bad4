#include "engine/tokenizer/token_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "tests/support/random.h"
#include "tests/unit/tokenizer/token_changes.h"

namespace nextline {
namespace {

using test::is_minimal;
using test::mirrored;
using test::replayed;
using testing::ElementsAre;
using testing::IsEmpty;
using Tokens = std::vector<TokenId>;

// Searches whatever the length, and keeps every token that can be kept.
constexpr TokenDiffOptions kExact = {.longest_replaced_as_a_whole = 0, .shortest_kept = 1};

Tokens numbered(std::size_t count) {
  Tokens tokens(count);
  std::iota(tokens.begin(), tokens.end(), 0);
  return tokens;
}

TEST(TokenDiff, FindsNothingBetweenEqualLists) {
  EXPECT_THAT(diff(Tokens(), Tokens()), IsEmpty());
  EXPECT_THAT(diff(numbered(200), numbered(200)), IsEmpty());
}

TEST(TokenDiff, TrimsTheHeadFirst) {
  EXPECT_THAT(diff(Tokens{1, 2, 3}, Tokens{1, 4, 5, 3}), ElementsAre(TokenChange{1, 1, 2}));
  EXPECT_THAT(diff(Tokens{7, 7}, Tokens{7, 7, 7}), ElementsAre(TokenChange{2, 0, 1}));
  EXPECT_THAT(diff(Tokens{7, 7, 7}, Tokens{7, 7}), ElementsAre(TokenChange{2, 1, 0}));
}

TEST(TokenDiff, CountsEachChangeOnThoseBeforeIt) {
  EXPECT_THAT(diff(Tokens{1, 2, 3, 4, 5, 6}, Tokens{9, 9, 1, 2, 3, 5, 6, 8}, kExact),
              ElementsAre(TokenChange{0, 0, 2}, TokenChange{5, 1, 0}, TokenChange{7, 0, 1}));
}

TEST(TokenDiff, KeepsNothingBetweenShortRuns) {
  Tokens after = numbered(60);
  after.front() = after.back() = -1;
  EXPECT_THAT(diff(numbered(60), after), ElementsAre(TokenChange{0, 60, 60}));
}

TEST(TokenDiff, JoinsChangesThatAreCloseTogether) {
  Tokens after = numbered(200);
  for (const std::size_t changed : {10, 14, 100, 105}) after[changed] = -1;
  EXPECT_THAT(diff(numbered(200), after),
              ElementsAre(TokenChange{10, 5, 5}, TokenChange{100, 1, 1}, TokenChange{105, 1, 1}));
}

TEST(TokenDiff, ReplacesAsAWholeWhatItHasNoTimeToSearch) {
  Tokens after = numbered(1000);
  std::reverse(after.begin() + 100, after.end() - 100);
  EXPECT_THAT(diff(numbered(1000), after, {.most_steps = 1000}),
              ElementsAre(TokenChange{100, 800, 800}));
}

// The textbook's table of longest common subsequences.
std::size_t longest_common_subsequence(const Tokens& a, const Tokens& b) {
  std::vector<std::vector<std::size_t>> longest(a.size() + 1,
                                                std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) {
      longest[i + 1][j + 1] =
          a[i] == b[j] ? longest[i][j] + 1 : std::max(longest[i][j + 1], longest[i + 1][j]);
    }
  }
  return longest[a.size()][b.size()];
}

std::size_t kept(const Tokens& before, const std::vector<TokenChange>& changes) {
  std::size_t removed = 0;
  for (const TokenChange& change : changes) removed += change.removed;
  return before.size() - removed;
}

class RandomLists {
 public:
  explicit RandomLists(std::uint64_t seed) : random_(seed) {}

  // Unrelated lists, or one and its edited copy.
  std::pair<Tokens, Tokens> next(std::size_t longest) {
    const std::uint64_t alphabet = 1 + random_.below(6);
    Tokens before = list(longest, alphabet);
    if (random_.below(2) == 0) return {before, list(longest, alphabet)};
    Tokens after = before;
    for (std::uint64_t edits = random_.below(6); edits > 0 && !after.empty(); --edits) {
      const auto place = after.begin() + static_cast<std::ptrdiff_t>(random_.below(after.size()));
      switch (random_.below(3)) {
        case 0:
          after.erase(place);
          break;
        case 1:
          after.insert(place, static_cast<TokenId>(random_.below(alphabet)));
          break;
        default:
          *place = static_cast<TokenId>(random_.below(alphabet));
      }
    }
    return {before, after};
  }

  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

 private:
  Tokens list(std::size_t longest, std::uint64_t alphabet) {
    Tokens tokens(random_.below(longest + 1));
    for (TokenId& token : tokens) token = static_cast<TokenId>(random_.below(alphabet));
    return tokens;
  }

  test::Random random_;
};

TEST(TokenDiff, KeepsALongestCommonSubsequence) {
  RandomLists lists(11);
  for (int round = 0; round < 20000; ++round) {
    const auto [before, after] = lists.next(30);
    const auto changes = diff(before, after, kExact);
    ASSERT_EQ(replayed(before, changes, after), after);
    ASSERT_TRUE(is_minimal(changes, before, after, 1));
    ASSERT_EQ(kept(before, changes), longest_common_subsequence(before, after));
    ASSERT_EQ(diff(after, before, kExact), mirrored(changes));
  }
}

TEST(TokenDiff, LeadsToTheNewListWhateverItsOptions) {
  RandomLists lists(12);
  for (int round = 0; round < 20000; ++round) {
    const auto [before, after] = lists.next(80);
    const TokenDiffOptions options = {.longest_replaced_as_a_whole = lists.below(20),
                                      .shortest_kept = 1 + lists.below(6),
                                      .most_steps = lists.below(500)};
    const auto changes = diff(before, after, options);
    ASSERT_EQ(replayed(before, changes, after), after);
    ASSERT_TRUE(is_minimal(changes, before, after, options.shortest_kept));
    ASSERT_EQ(diff(after, before, options), mirrored(changes));
  }
}

}  // namespace
}  // namespace nextline
