#include "engine/speculate/suffix_drafter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "engine/speculate/segment_writer.h"
#include "tests/support/draft_tree.h"
#include "tests/support/random.h"
#include "tests/support/sample_history.h"
#include "tests/support/temporary_folder.h"

namespace nextline {
namespace {

using test::first_branch;
using test::kSampleTokenizer;
using test::SampleHistory;

class SuffixDrafterTest : public ::testing::Test {
 protected:
  std::shared_ptr<const HistorySegment> segment(const SampleHistory& history) {
    return segment(history.documents());
  }
  std::shared_ptr<const HistorySegment> segment(const std::vector<HistoryDocument>& documents) {
    const std::string name = std::to_string(segments_++);
    auto folder = PrivateFolder::create(top_.path() / "history");
    EXPECT_TRUE(folder.has_value());
    FileCalls calls = FileCalls::of_the_system();
    calls.sync = [](int) { return 0; };
    EXPECT_TRUE(write_segment({*folder, name, calls}, kSampleTokenizer, documents));
    auto opened = HistorySegment::open(*folder, name, kSampleTokenizer);
    EXPECT_TRUE(opened.has_value());
    return std::make_shared<const HistorySegment>(std::move(*opened));
  }
  DocumentId buffer(const std::vector<TokenId>& tokens) {
    const DocumentId document = buffers_.add_document(SuffixTree::Kind::kOpen);
    buffers_.append(document, tokens);
    return document;
  }
  /// The tree behind the context's last token.
  static std::vector<DraftToken> draft(SuffixDrafter& drafter, const std::vector<TokenId>& context,
                                       std::uint32_t most_tokens = 32) {
    std::vector<DraftToken> tree = {{context.back(), std::nullopt}};
    drafter.draft(context, most_tokens, tree);
    return tree;
  }

  /// Of a machine on which it pays to draft what is hardly likely.
  static PassCost cheap_rows() {
    PassCost cost;
    for (int i = 0; i < 100; ++i) {
      cost.learn(1, 10);
      cost.learn(PassCost::kMostRows, 20);
    }
    return cost;
  }

  const test::TemporaryFolder top_;
  int segments_ = 0;
  DraftPolicy policy_{cheap_rows()};
  SuffixTree buffers_;
  const std::vector<TokenId> line_ = {10, 11, 12, 13, 14, 15, 16, 17, 18, 19};
};

TEST_F(SuffixDrafterTest, WithNothingToFindNothingIsDrafted) {
  SuffixDrafter drafter(policy_, &buffers_, {});
  EXPECT_EQ(draft(drafter, {1, 2, 3}).size(), 1U);
  buffer(line_);
  EXPECT_EQ(draft(drafter, {1, 2, 3}).size(), 1U);
  SuffixDrafter without(policy_, nullptr, {});
  EXPECT_EQ(draft(without, {1, 2, 3}).size(), 1U);
}

TEST_F(SuffixDrafterTest, DraftsWhatFollowedInABuffer) {
  buffer(line_);
  SuffixDrafter drafter(policy_, &buffers_, {});
  EXPECT_EQ(first_branch(draft(drafter, {10, 11, 12, 13, 14})),
            (std::vector<TokenId>{15, 16, 17, 18, 19}));
  EXPECT_EQ(draft(drafter, {10, 11, 12, 13, 14}, 3).size(), 3U);
  EXPECT_EQ(draft(drafter, {10, 11, 12, 13, 14}, 1).size(), 1U);
}

TEST_F(SuffixDrafterTest, DraftsWhatFollowedInTheHistory) {
  SuffixDrafter drafter(policy_, nullptr, {segment(SampleHistory().add(line_, "a.py"))});
  EXPECT_EQ(first_branch(draft(drafter, {10, 11, 12, 13, 14})),
            (std::vector<TokenId>{15, 16, 17, 18, 19}));
}

TEST_F(SuffixDrafterTest, FollowsWhatChangesInBuffers) {
  const DocumentId document = buffer(line_);
  SuffixDrafter drafter(policy_, &buffers_, {});
  buffers_.splice(document, 5, 1, std::vector<TokenId>{30, 31});
  EXPECT_EQ(first_branch(draft(drafter, {10, 11, 12, 13, 14})).front(), 30);
  buffers_.remove(document);
  EXPECT_EQ(draft(drafter, {10, 11, 12, 13, 14}).size(), 1U);
}

TEST_F(SuffixDrafterTest, ALongerMatchCountsForMore) {
  const auto history =
      segment(SampleHistory().add({1, 2, 3, 4, 5, 13, 14, 40, 41}).add({6, 13, 14, 40, 41}));
  buffer({10, 11, 12, 13, 14, 15, 16});
  SuffixDrafter drafter(policy_, &buffers_, {history});
  EXPECT_EQ(first_branch(draft(drafter, {10, 11, 12, 13, 14})).front(), 15);
  EXPECT_EQ(first_branch(draft(drafter, {1, 2, 3, 4, 5, 13, 14})).front(), 40);
}

TEST_F(SuffixDrafterTest, NearerAndNewerTextCountsForMore) {
  constexpr std::int64_t kYear = 365LL * 24 * 3600;
  const auto files = [](const SampleHistory& history) {
    auto documents = history.documents();
    for (HistoryDocument& document : documents) {
      document = {document.tokens, document.path};
    }
    return documents;
  };
  const auto first_of = [&](const std::vector<HistoryDocument>& documents, DraftPlace place) {
    SuffixDrafter drafter(policy_, nullptr, {segment(documents)});
    drafter.set_place(std::move(place));
    return first_branch(draft(drafter, {1, 2, 3})).front();
  };
  const SampleHistory folders = SampleHistory()
                                    .add({1, 2, 3, 50}, "src/far/a.py")
                                    .add({1, 2, 3, 51}, "src/near/b.py")
                                    .add({1, 2, 3, 52}, "top.py");
  EXPECT_EQ(first_of(files(folders), {.path = "src/near/c.py"}), 51);
  EXPECT_EQ(first_of(files(folders), {.path = "src/far/a.py"}), 50);
  EXPECT_EQ(first_of(files(folders), {.path = "other.py"}), 52);
  const SampleHistory changes =
      SampleHistory().add({1, 2, 3, 50}, "a.py").add({1, 2, 3, 51}, "b.py");
  auto times = files(changes);
  times[1].commit_time = 2 * kYear;
  EXPECT_EQ(first_of(times, {.path = "c.py", .now = 2 * kYear}), 51);
  auto kinds = files(changes);
  kinds[0].kind = DocumentKind::kRemovedLines;
  EXPECT_EQ(first_of(kinds, {.path = "c.py"}), 51);
  auto languages = files(changes);
  languages[0].language = 3;
  languages[0].path = "src/a.java";
  EXPECT_EQ(first_of(languages, {.path = "lib/c.py"}), 51);
}

TEST_F(SuffixDrafterTest, WhatWasSeenOftenIsDraftedBeforeWhatWasSeenOnce) {
  SampleHistory history;
  for (int i = 0; i < 40; ++i) history.add({static_cast<TokenId>(100 + i), 1, 2, 60}, "a.py");
  history.add({99, 1, 2, 61}, "a.py");
  SuffixDrafter drafter(policy_, nullptr, {segment(history)});
  EXPECT_EQ(first_branch(draft(drafter, {7, 1, 2})).front(), 60);
}

TEST_F(SuffixDrafterTest, ATreeIsWellFormedWhateverTheTiersHold) {
  test::Random random{8};
  const auto tokens = [&](std::size_t count) {
    std::vector<TokenId> drawn(count);
    for (TokenId& token : drawn) token = static_cast<TokenId>(random.below(4));
    return drawn;
  };
  SampleHistory history;
  for (int i = 0; i < 30; ++i) history.add(tokens(1 + random.below(60)), "a.py");
  SuffixDrafter drafter(policy_, &buffers_, {segment(history), segment(history)});
  std::size_t drafted = 0;
  for (int step = 0; step < 500; ++step) {
    buffer(tokens(20));
    const auto context = tokens(1 + random.below(70));
    const auto most = static_cast<std::uint32_t>(1 + random.below(40));
    const auto tree = draft(drafter, context, most);
    ASSERT_LE(tree.size(), most);
    std::map<std::pair<std::uint32_t, TokenId>, int> places;
    for (std::uint32_t row = 1; row < tree.size(); ++row) {
      ASSERT_TRUE(tree[row].parent.has_value());
      ASSERT_LT(*tree[row].parent, row);
      ASSERT_EQ(++places[std::pair(*tree[row].parent, tree[row].token)], 1);
    }
    drafted += tree.size() - 1;
    const std::vector<std::uint32_t> followed = {0};
    drafter.learn({followed, false, 10.0 + static_cast<double>(tree.size()) / 10});
  }
  EXPECT_GT(drafted, 100U);
}

}  // namespace
}  // namespace nextline
