#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/speculate/suffix_tree.h"
#include "tests/support/naive_suffix_tree.h"
#include "tests/support/random.h"
#include "tests/support/sanitized.h"

namespace nextline {
namespace {

using Tokens = std::vector<TokenId>;
using Place = SuffixTree::Place;

struct Mix {
  std::uint32_t depth;
  std::uint64_t alphabet;
  std::size_t most_tokens;
  std::size_t budget_tokens;
  std::uint64_t longest_edit;
};

// A tree and lists that are searched from end to end, after the same random updates.
class SuffixTreeSearchTest : public ::testing::TestWithParam<Mix> {
 protected:
  std::uint32_t below(std::size_t bound) {
    return static_cast<std::uint32_t>(random_.below(bound));
  }
  TokenId token() { return static_cast<TokenId>(random_.below(mix_.alphabet)) - 1; }
  Tokens tokens(std::size_t most) {
    Tokens tokens(random_.below(most + 1));
    for (TokenId& each : tokens) each = token();
    return tokens;
  }
  std::optional<DocumentId> any_document() {
    const std::vector<DocumentId> ids = naive_.documents();
    if (ids.empty()) return std::nullopt;
    return ids[below(ids.size())];
  }
  std::optional<Place> any_place() {
    const auto id = any_document();
    if (!id || naive_.length(*id) == 0) return std::nullopt;
    return Place{*id, below(naive_.length(*id))};
  }

  void update() {
    const auto id = any_document();
    if (!id || below(20) == 0) {
      const auto kind = below(2) == 0 ? SuffixTree::Kind::kOpen : SuffixTree::Kind::kEvictable;
      const DocumentId added = tree_.add_document(kind);
      naive_.add_document(added, kind);
    } else if (below(naive_.size() > mix_.most_tokens ? 3 : 60) == 0) {
      tree_.remove(*id);
      naive_.remove(*id);
    } else {
      const std::uint32_t length = naive_.length(*id);
      const bool appends = below(3) == 0;
      const std::uint32_t first = appends ? length : below(length + std::size_t{1});
      const std::uint32_t removed =
          below(std::min<std::size_t>(length - first, mix_.longest_edit) + 1);
      const Tokens inserted = tokens(mix_.longest_edit);
      tree_.splice(*id, first, removed, inserted);
      naive_.splice(*id, first, removed, inserted);
    }
  }

  // The text up to a place, in which tokens may have changed, or anything.
  Tokens context(std::optional<Place> place) {
    if (!place || below(8) == 0) return tokens(mix_.depth + 2);
    Tokens context = naive_.context_at(*place, 1 + below(mix_.depth + std::size_t{2}));
    if (below(2) == 0) context[below(context.size())] = token();
    return context;
  }

  void look_up(bool in_full) {
    const std::optional<Place> place = any_place();
    const Tokens context = this->context(place);
    const std::optional<Place> excluded = below(2) == 0 ? place : std::nullopt;
    naive_.search(context, excluded);
    ContextMatch match = tree_.longest_suffix(context, excluded);
    NaiveMatch expected = naive_.match();
    ASSERT_EQ((NaiveMatch{match.length, match.count}), expected);
    if (!in_full) return;
    for (;;) {
      ASSERT_NO_FATAL_FAILURE(expect_occurrences(match));
      if (match.length == 0) break;
      match = tree_.shorter(match);
      expected = naive_.match(expected.length);
      ASSERT_EQ((NaiveMatch{match.length, match.count}), expected);
    }
  }

  void expect_occurrences(const ContextMatch& match) {
    const auto expected = naive_.occurrences(match.length);
    const std::size_t most = below(2) == 0 ? expected.size() : below(expected.size() + 2);
    const std::vector<Occurrence> found = tree_.newest(match, most);
    ASSERT_EQ(found.size(), std::min(most, expected.size()));
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(found[i].document, expected[i].document);
      ASSERT_EQ(found[i].time, expected[i].time);
    }
    if (found.empty()) return;
    const std::size_t chosen = below(found.size());
    Tokens following(5);
    following.resize(tree_.following(found[chosen], following));
    ASSERT_EQ(following, naive_.following(expected[chosen], 5));
  }

  void expect_agreement() {
    ASSERT_TRUE(tree_.invariants_hold());
    ASSERT_EQ(tree_.size(), naive_.size());
    for (const DocumentId id : naive_.documents()) {
      ASSERT_TRUE(tree_.holds(id));
      ASSERT_EQ(tree_.length(id), naive_.length(id));
    }
    ASSERT_LE(tree_.bytes(), std::max(options_.budget_bytes, naive_.cost()));
  }

  using NaiveMatch = test::NaiveSuffixTree::Match;

  const Mix mix_ = GetParam();
  const SuffixTreeOptions options_ = {
      .depth = mix_.depth,
      .budget_bytes = SuffixTree::kFixedBytes + mix_.budget_tokens * SuffixTree::kTokenBytes};
  test::Random random_{7};
  SuffixTree tree_{options_};
  test::NaiveSuffixTree naive_{options_};
};

// Repeats within documents and between them, with contexts that are far shorter than texts or
// longer; and budgets that updates exceed.
INSTANTIATE_TEST_SUITE_P(Mixes, SuffixTreeSearchTest,
                         ::testing::Values(Mix{1, 3, 60, 2000, 6}, Mix{2, 2, 60, 2000, 6},
                                           Mix{5, 2, 80, 2000, 6}, Mix{8, 4, 100, 2000, 12},
                                           Mix{64, 1, 50, 2000, 12}, Mix{64, 2, 120, 2000, 20},
                                           Mix{64, 20, 120, 2000, 20}, Mix{4, 3, 250, 150, 60},
                                           Mix{64, 2, 250, 150, 60}));

TEST_P(SuffixTreeSearchTest, AgreesWithSearchingFromEndToEnd) {
  for (int step = 0; step < (test::kIsSanitized ? 150 : 1200); ++step) {
    update();
    ASSERT_NO_FATAL_FAILURE(expect_agreement());
    for (int i = 0; i < 100; ++i) ASSERT_NO_FATAL_FAILURE(look_up(i % 16 == 0));
  }
}

}  // namespace
}  // namespace nextline
