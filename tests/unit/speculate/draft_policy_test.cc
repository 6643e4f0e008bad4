#include "engine/speculate/draft_policy.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "tests/support/random.h"

namespace nextline {
namespace {

class DraftPolicyTest : public ::testing::Test {
 protected:
  std::vector<DraftToken> chosen(const std::vector<DraftCandidate>& candidates,
                                 std::uint32_t most_tokens = 64) {
    std::vector<DraftToken> tree = {{1000, std::nullopt}};
    policy_.choose(candidates, most_tokens, tree);
    return tree;
  }
  /// The model says the first `count` tokens of a chain.
  void follow(std::uint32_t count, double milliseconds) {
    std::vector<std::uint32_t> followed;
    for (std::uint32_t row = 0; row <= count; ++row) followed.push_back(row);
    policy_.learn({followed, false, milliseconds});
  }

  const std::vector<TokenId> line_ = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  DraftPolicy policy_;
};

TEST_F(DraftPolicyTest, WithoutCandidatesNothingIsDrafted) {
  EXPECT_EQ(chosen({}).size(), 1U);
  EXPECT_EQ(chosen({{{}, 20, 1}}).size(), 1U);
}

TEST_F(DraftPolicyTest, ALongMatchIsDraftedFurtherThanAShortOne) {
  const auto after_long = chosen({{line_, 40, 1}});
  const auto after_short = chosen({{line_, 1, 1}});
  EXPECT_GT(after_long.size(), after_short.size());
  EXPECT_EQ(after_long.size(), 11U);
  for (std::uint32_t row = 1; row < after_long.size(); ++row) {
    EXPECT_EQ(after_long[row].token, line_[row - 1]);
    EXPECT_EQ(after_long[row].parent, row - 1);
  }
}

TEST_F(DraftPolicyTest, NoMoreIsDraftedThanThereIsRoomFor) {
  EXPECT_EQ(chosen({{line_, 40, 1}}, 4).size(), 4U);
  EXPECT_EQ(chosen({{line_, 40, 1}}, 1).size(), 1U);
}

TEST_F(DraftPolicyTest, ATreeHasWhatIsMostProbable) {
  const std::vector<TokenId> other = {1, 20, 21};
  const std::vector<TokenId> third = {30, 31};
  const auto tree = chosen({{line_, 20, 6}, {other, 20, 3}, {third, 20, 1}});
  ASSERT_GT(tree.size(), 3U);
  EXPECT_EQ(tree[1].token, 1);
  EXPECT_EQ(tree[2].token, 2);
  std::set<std::pair<std::uint32_t, TokenId>> places;
  for (std::uint32_t row = 1; row < tree.size(); ++row) {
    ASSERT_LT(*tree[row].parent, row);
    EXPECT_TRUE(places.emplace(*tree[row].parent, tree[row].token).second);
  }
  EXPECT_TRUE(places.contains({1, 20}));
}

TEST_F(DraftPolicyTest, AgreementCountsForMoreThanOneLongCandidate) {
  std::vector<DraftCandidate> candidates(6, {line_, 4, 1});
  EXPECT_GT(policy_.acceptance(4, 1), 0);
  const std::vector<TokenId> lone = {50, 51};
  candidates.push_back({lone, 4, 1});
  const auto tree = chosen(candidates);
  EXPECT_EQ(tree[1].token, 1);
}

TEST_F(DraftPolicyTest, WhereRowsAreDearLessIsDrafted) {
  const auto cheap = chosen({{line_, 8, 1}}).size();
  for (int i = 0; i < 20; ++i) {
    // Each row takes as long as one alone.
    const auto rows = static_cast<std::uint32_t>(chosen({{line_, 40, 1}}).size());
    follow(rows - 1, 10.0 * rows);
    chosen({});
    follow(0, 10);
  }
  EXPECT_LT(chosen({{line_, 8, 1}}).size(), cheap);
}

TEST_F(DraftPolicyTest, GoesQuietWhereNothingIsAcceptedAndTriesAgainLater) {
  int drafted = 0;
  for (int i = 0; i < 300; ++i) {
    const auto tree = chosen({{line_, 3, 1}});
    drafted += tree.size() > 1 ? 1 : 0;
    follow(0, 10.0 * (1 + 0.2 * (static_cast<double>(tree.size()) - 1)));
  }
  EXPECT_GT(drafted, 0);
  EXPECT_LT(drafted, 150);
  EXPECT_EQ(chosen({{line_, 3, 1}}).size(), 1U);
  for (int i = 0; i < 3000; ++i) {
    chosen({});
    follow(0, 10);
  }
  EXPECT_GT(chosen({{line_, 3, 1}}).size(), 1U);
}

TEST_F(DraftPolicyTest, AcceptanceIsWhatWasSeen) {
  test::Random random{5};
  for (int i = 0; i < 2000; ++i) {
    const auto tree = chosen({{line_, 40, 1}});
    std::uint32_t count = 0;
    while (count + 1 < tree.size() && random.uniform() < 0.7F) ++count;
    follow(count, 10);
  }
  EXPECT_NEAR(policy_.acceptance(40, 1), 0.7, 0.05);
}

TEST_F(DraftPolicyTest, NothingIsLearnedBehindTheEnd) {
  const double before = policy_.acceptance(40, 1);
  chosen({{line_, 40, 1}});
  const std::vector<std::uint32_t> followed = {0};
  policy_.learn({followed, true, 10});
  EXPECT_NEAR(policy_.acceptance(40, 1), before, 1e-12);
}

}  // namespace
}  // namespace nextline
