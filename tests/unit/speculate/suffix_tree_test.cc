#include "engine/speculate/suffix_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <vector>

#include "tests/support/random.h"

namespace nextline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = SuffixTree::Kind;
using Tokens = std::vector<TokenId>;

class SuffixTreeTest : public ::testing::Test {
 protected:
  ~SuffixTreeTest() override { EXPECT_TRUE(tree_.invariants_hold()); }

  DocumentId document(const Tokens& tokens, Kind kind = Kind::kOpen) {
    const DocumentId id = tree_.add_document(kind);
    tree_.append(id, tokens);
    return id;
  }
  // What follows each occurrence, newest first.
  std::vector<Tokens> following(const ContextMatch& match, std::size_t most = 100) const {
    std::vector<Tokens> all;
    for (const Occurrence& occurrence : tree_.newest(match, most)) {
      Tokens tokens(4);
      tokens.resize(tree_.following(occurrence, tokens));
      all.push_back(tokens);
    }
    return all;
  }

  SuffixTree tree_{{.depth = 8}};
};

TEST_F(SuffixTreeTest, FindsTheLongestEndOfAContext) {
  document({1, 2, 3, 4, 5});
  const ContextMatch match = tree_.longest_suffix(Tokens{9, 2, 3});
  EXPECT_EQ(match.length, 2U);
  EXPECT_EQ(match.count, 1U);
  EXPECT_THAT(following(match), ElementsAre(Tokens{4, 5}));
}

TEST_F(SuffixTreeTest, FindsNothingOfATokenThatIsNew) {
  document({1, 2, 3});
  EXPECT_EQ(tree_.longest_suffix(Tokens{1, 2, 9}).length, 0U);
  EXPECT_EQ(tree_.longest_suffix(Tokens()).length, 0U);
}

TEST_F(SuffixTreeTest, CountsOccurrencesNewestFirst) {
  document({1, 2, 3});
  document({1, 2, 4});
  document({7, 2, 5});
  const ContextMatch match = tree_.longest_suffix(Tokens{1, 2});
  EXPECT_EQ(match.count, 2U);
  EXPECT_THAT(following(match), ElementsAre(Tokens{4}, Tokens{3}));
  EXPECT_THAT(following(match, 1), ElementsAre(Tokens{4}));
}

TEST_F(SuffixTreeTest, BacksOffToWhatOccursMoreOften) {
  document({1, 2, 3});
  document({7, 2, 5});
  const ContextMatch match = tree_.shorter(tree_.longest_suffix(Tokens{1, 2}));
  EXPECT_EQ(match.length, 1U);
  EXPECT_THAT(following(match), ElementsAre(Tokens{5}, Tokens{3}));
  EXPECT_EQ(tree_.shorter(match).length, 0U);
}

TEST_F(SuffixTreeTest, DoesNotFindThePlaceThatIsExcluded) {
  const DocumentId id = document({1, 2, 3, 8, 2, 3});
  const ContextMatch match = tree_.longest_suffix(Tokens{8, 2, 3}, SuffixTree::Place{id, 5});
  EXPECT_EQ(match.length, 2U);
  EXPECT_EQ(match.count, 1U);
  EXPECT_THAT(following(match), ElementsAre(Tokens{8, 2, 3}));
  EXPECT_EQ(tree_.longest_suffix(Tokens{8, 2, 3}, SuffixTree::Place{id, 6}).length, 3U);
}

TEST_F(SuffixTreeTest, TellsContextsApartDownToItsDepth) {
  const Tokens same(8, 5);
  Tokens first = {1};
  first.insert(first.end(), same.begin(), same.end());
  Tokens second = {2};
  second.insert(second.end(), same.begin(), same.end());
  document(first);
  document(second);
  const ContextMatch match = tree_.longest_suffix(first);
  EXPECT_EQ(match.length, 8U);
  EXPECT_EQ(match.count, 2U);
}

TEST_F(SuffixTreeTest, DoesNotReadAcrossDocuments) {
  document({1, 2});
  document({3, 4});
  EXPECT_EQ(tree_.longest_suffix(Tokens{2, 3}).length, 1U);
  EXPECT_THAT(following(tree_.longest_suffix(Tokens{1, 2})), ElementsAre(IsEmpty()));
}

TEST_F(SuffixTreeTest, FollowsAnEditAndItsUndoing) {
  const DocumentId id = document({1, 2, 3, 4, 5});
  tree_.splice(id, 1, 2, Tokens{6});
  EXPECT_EQ(tree_.length(id), 4U);
  EXPECT_EQ(tree_.longest_suffix(Tokens{1, 6, 4, 5}).length, 4U);
  EXPECT_EQ(tree_.longest_suffix(Tokens{3, 4, 5}).length, 2U);
  tree_.splice(id, 1, 1, Tokens{2, 3});
  EXPECT_EQ(tree_.longest_suffix(Tokens{1, 2, 3, 4, 5}).length, 5U);
  EXPECT_EQ(tree_.longest_suffix(Tokens{6}).length, 0U);
}

TEST_F(SuffixTreeTest, EditsMakeNoTokenBehindThemNewer) {
  const DocumentId edited = document({1, 2, 3});
  document({2, 4});
  tree_.splice(edited, 0, 1, Tokens{9});
  EXPECT_THAT(following(tree_.longest_suffix(Tokens{2})), ElementsAre(Tokens{4}, Tokens{3}));
}

TEST_F(SuffixTreeTest, TakesAnyTokens) {
  constexpr TokenId kLeast = std::numeric_limits<TokenId>::min();
  constexpr TokenId kMost = std::numeric_limits<TokenId>::max();
  document({kLeast, -1, 0, kMost});
  EXPECT_EQ(tree_.longest_suffix(Tokens{kLeast, -1, 0, kMost}).length, 4U);
  EXPECT_EQ(tree_.longest_suffix(Tokens{kMost, -1}).length, 1U);
}

TEST_F(SuffixTreeTest, KnowsNothingOfDocumentsThatAreNotHeld) {
  const DocumentId id = document({1, 2});
  tree_.remove(id);
  EXPECT_FALSE(tree_.holds(id));
  tree_.append(id, Tokens{1});
  tree_.remove(id);
  EXPECT_EQ(tree_.length(id), 0U);
  EXPECT_EQ(tree_.longest_suffix(Tokens{1}, SuffixTree::Place{id, 0}).length, 0U);
  EXPECT_NE(document({1}), id);
}

TEST_F(SuffixTreeTest, GivesMemoryBack) {
  const std::size_t before = tree_.bytes();
  test::Random random(5);
  for (int round = 0; round < 3; ++round) {
    const DocumentId id = tree_.add_document(Kind::kOpen);
    for (int i = 0; i < 5000; ++i) {
      const Tokens inserted = {static_cast<TokenId>(random.below(100))};
      const auto first = static_cast<std::uint32_t>(random.below(tree_.length(id) + 1));
      tree_.splice(id, first, 0, inserted);
    }
    EXPECT_GT(tree_.bytes(), before + 5000 * 40);
    tree_.splice(id, 0, 4990, {});
    EXPECT_LT(tree_.bytes(), before + 100'000);
    tree_.remove(id);
    EXPECT_LT(tree_.bytes(), before + 1000);
  }
}

TEST_F(SuffixTreeTest, TakesNoMoreMemoryHoweverLongItIsEdited) {
  const DocumentId id = document(Tokens(2000, 1));
  test::Random random(6);
  std::size_t most = 0;
  for (int i = 0; i < 20000; ++i) {
    const Tokens inserted = {static_cast<TokenId>(random.below(50)), 1};
    tree_.splice(id, static_cast<std::uint32_t>(random.below(1998)), 2, inserted);
    most = std::max(most, tree_.bytes());
  }
  EXPECT_LE(most, SuffixTree::kFixedBytes + 2000 * SuffixTree::kTokenBytes);
}

// The tokens from `first` on, each once.
Tokens numbered(TokenId first, std::size_t count) {
  Tokens tokens(count);
  std::iota(tokens.begin(), tokens.end(), first);
  return tokens;
}

class SmallBudgetTest : public SuffixTreeTest {
 protected:
  // Room for two documents and 1,000 tokens.
  SmallBudgetTest() {
    tree_ = SuffixTree({.depth = 8,
                        .budget_bytes = SuffixTree::kFixedBytes + 2 * SuffixTree::kDocumentBytes +
                                        1000 * SuffixTree::kTokenBytes});
  }
  bool finds(TokenId token) const { return tree_.longest_suffix(Tokens{token}).length == 1; }
};

TEST_F(SmallBudgetTest, ForgetsEvictableDocumentsLongestUnchangedFirst) {
  const DocumentId first = document(numbered(0, 300), Kind::kEvictable);
  const DocumentId second = document(numbered(1000, 300), Kind::kEvictable);
  tree_.append(first, Tokens{1});
  const DocumentId open = document(numbered(2000, 500));
  EXPECT_TRUE(tree_.holds(first));
  EXPECT_FALSE(tree_.holds(second));
  EXPECT_TRUE(tree_.holds(open));
}

TEST_F(SmallBudgetTest, ForgetsTheBeginningOfAnOpenDocumentOnlyForAnotherOne) {
  const DocumentId open = document(numbered(0, 800));
  const DocumentId passing = document(numbered(1000, 300), Kind::kEvictable);
  EXPECT_EQ(tree_.length(open), 800U);
  EXPECT_TRUE(finds(0));
  EXPECT_FALSE(finds(1000));
  EXPECT_TRUE(finds(1299));
  document(numbered(2000, 300));
  EXPECT_FALSE(tree_.holds(passing));
  EXPECT_EQ(tree_.length(open), 800U);
  EXPECT_FALSE(finds(0));
  EXPECT_TRUE(finds(799));
  EXPECT_TRUE(finds(2000));
}

TEST_F(SmallBudgetTest, HoldsTheEndOfADocumentThatIsTooLong) {
  const DocumentId id = document(numbered(0, 5000));
  EXPECT_EQ(tree_.length(id), 5000U);
  EXPECT_FALSE(finds(0));
  EXPECT_TRUE(finds(4999));
  EXPECT_LE(tree_.bytes(), SuffixTree::kFixedBytes + 1000 * SuffixTree::kTokenBytes +
                               2 * SuffixTree::kDocumentBytes);
  // Its indices stay.
  tree_.splice(id, 4998, 1, Tokens{-1});
  EXPECT_EQ(tree_.longest_suffix(Tokens{4997, -1, 4999}).length, 3U);
}

TEST(ContextTree, KeepsTheOrderOfTimesWhenTheyRunOut) {
  ContextTree tree(4, std::numeric_limits<std::uint32_t>::max() - 3);
  std::vector<CellId> cells;
  for (TokenId token = 0; token < 12; ++token) {
    cells.push_back(tree.add(token % 2, 0));
    if (token > 0) tree.link(cells[cells.size() - 2], cells.back());
    tree.attach(cells.back());
    ASSERT_TRUE(tree.invariants_hold(cells.size()));
  }
  const auto newest = tree.newest(tree.longest_suffix(Tokens{1}, kNoCell), 100);
  ASSERT_EQ(newest.size(), 6U);
  for (std::size_t i = 0; i < newest.size(); ++i) EXPECT_EQ(newest[i].cell, cells[11 - 2 * i]);
}

}  // namespace
}  // namespace nextline
