#include "engine/speculate/history_segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "tests/support/random.h"
#include "tests/support/sample_history.h"
#include "tests/support/sanitized.h"

namespace nextline {
namespace {

using test::kSampleTokenizer;
using test::SampleHistory;
using test::segment_bytes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Tokens = std::vector<TokenId>;

/// A segment over documents, in memory.
class SegmentOf {
 public:
  explicit SegmentOf(const SampleHistory& history)
      : file_(segment_bytes(history)),
        segment_(*HistorySegment::parse(file_, "sample", kSampleTokenizer)) {}

  const HistorySegment* operator->() const { return &segment_; }
  const HistorySegment& operator*() const { return segment_; }

  /// What follows each occurrence of the context's longest end, in ascending order.
  std::multiset<Tokens> continuations(const Tokens& context) const {
    std::multiset<Tokens> continuations;
    const SuffixMatch match = segment_.longest_suffix(context);
    for (std::uint32_t i = match.first; i < match.last; ++i) {
      const auto tokens = segment_.tokens_behind(segment_.occurrence(i), 100);
      continuations.emplace(tokens.begin(), tokens.end());
    }
    return continuations;
  }

 private:
  std::vector<std::byte> file_;
  HistorySegment segment_;
};

TEST(HistorySegment, FindsTheLongestEndOfAContextAndWhatFollowsIt) {
  const SegmentOf segment(SampleHistory().add({1, 2, 3, 4}).add({9, 2, 3, 5, 6}));
  EXPECT_EQ(segment->longest_suffix(Tokens{7, 2, 3}).length, 2U);
  EXPECT_THAT(segment.continuations({7, 2, 3}), ElementsAre(Tokens{4}, Tokens{5, 6}));
  EXPECT_EQ(segment->longest_suffix(Tokens{9, 2, 3}).length, 3U);
  EXPECT_THAT(segment.continuations({9, 2, 3}), ElementsAre(Tokens{5, 6}));
  EXPECT_THAT(segment.continuations({1, 7}), IsEmpty());
  EXPECT_THAT(segment.continuations({}), IsEmpty());
}

TEST(HistorySegment, LooksNoFurtherBackThanItIsAsked) {
  const SegmentOf segment(SampleHistory().add({1, 2, 3, 4}));
  EXPECT_EQ(segment->longest_suffix(Tokens{1, 2, 3}, 2).length, 2U);
  EXPECT_EQ(segment->longest_suffix(Tokens{1, 2, 3}, 0), SuffixMatch{});
}

TEST(HistorySegment, LooksNoFurtherBackThanATokenOutsideTheVocabulary) {
  const SegmentOf segment(SampleHistory().add({1, 2}).add({1, 2, 3}));
  EXPECT_EQ(segment->longest_suffix(Tokens{kDocumentSeparator, 1, 2}).length, 2U);
  EXPECT_EQ(segment->longest_suffix(Tokens{1, kDocumentSeparator}).length, 0U);
  EXPECT_EQ(segment->longest_suffix(Tokens{1, 1000000}).length, 0U);
}

TEST(HistorySegment, GivesOccurrencesOfFewerTokens) {
  const SegmentOf segment(SampleHistory().add({1, 2, 3, 4}).add({9, 2, 3, 5}).add({8, 3, 6}));
  const Tokens context = {1, 2, 3};
  const SuffixMatch match = segment->longest_suffix(context);
  EXPECT_EQ(match.count(), 1U);
  EXPECT_EQ(segment->shortened(match, context, 3), match);
  EXPECT_EQ(segment->shortened(match, context, 2).count(), 2U);
  EXPECT_EQ(segment->shortened(match, context, 1).count(), 3U);
  EXPECT_EQ(segment->shortened(match, context, 0), SuffixMatch{});
}

TEST(HistorySegment, NeverJoinsDocuments) {
  const SegmentOf segment(SampleHistory().add({1, 2}).add({3, 4}));
  EXPECT_EQ(segment->longest_suffix(Tokens{1, 2, 3}).length, 1U);  // Not of {1, 2} and {3}.
  EXPECT_THAT(segment.continuations({3}), ElementsAre(Tokens{4}));
  EXPECT_THAT(segment.continuations({1}), ElementsAre(Tokens{2}));
  EXPECT_THAT(segment.continuations({1, 2}), IsEmpty());  // Nothing of that document follows.
}

TEST(HistorySegment, ReadsNoMoreBehindAnOccurrenceThanItIsAsked) {
  const SegmentOf segment(SampleHistory().add({1, 2, 3, 4}));
  const std::uint32_t position = segment->occurrence(segment->longest_suffix(Tokens{1}).first);
  EXPECT_THAT(segment->tokens_behind(position, 2), ElementsAre(2, 3));
  EXPECT_THAT(segment->tokens_behind(position, 9), ElementsAre(2, 3, 4));
  EXPECT_THAT(segment->tokens_behind(position, 0), IsEmpty());
}

TEST(HistorySegment, KnowsWhereAnOccurrenceIsFrom) {
  const SampleHistory history =
      SampleHistory().add({1, 2}, "a.py").add({3, 4}, "b/c.py").add({}, "").add({5, 6}, "a.py");
  const SegmentOf segment(history);
  const std::vector<HistoryDocument> documents = history.documents();
  ASSERT_EQ(segment->document_count(), 4U);
  EXPECT_EQ(segment->token_count(), 6U);
  for (std::uint32_t i = 0; i < 4; ++i) {
    const HistoryDocument document = segment->document(i);
    EXPECT_TRUE(std::ranges::equal(document.tokens, documents[i].tokens));
    EXPECT_EQ(document.path, documents[i].path);
    EXPECT_EQ(document.commit_time, documents[i].commit_time);
    EXPECT_EQ(document.language, documents[i].language);
    EXPECT_EQ(document.kind, documents[i].kind);
  }
  for (const auto& [token, document] : {std::pair(1, 0U), {3, 1U}, {5, 3U}}) {
    const SuffixMatch match = segment->longest_suffix(Tokens{token});
    ASSERT_EQ(match.count(), 1U);
    EXPECT_EQ(segment->document_of(segment->occurrence(match.first)), document);
  }
}

TEST(HistorySegment, OfNothingHasNothing) {
  for (const SampleHistory& history : {SampleHistory(), SampleHistory().add({}).add({1})}) {
    const SegmentOf segment(history);
    EXPECT_EQ(segment->entry_count(), 0U);
    EXPECT_EQ(segment->longest_suffix(Tokens{1}), SuffixMatch{});
  }
}

TEST(HistorySegment, FindsMatchesAsLongAsItCanTellThem) {
  Tokens tokens;
  for (TokenId token = 0; token < 400; ++token) tokens.push_back(token);
  const SegmentOf segment(SampleHistory().add(tokens).add(tokens));
  const SuffixMatch match = segment->longest_suffix(Tokens(tokens.begin(), tokens.end() - 1), 1000);
  EXPECT_EQ(match.length, HistorySegment::kLongestMatch);
  EXPECT_EQ(match.count(), 2U);
}

/// The slow twin: looks at every place of every document.
class EveryPlace {
 public:
  explicit EveryPlace(const SampleHistory& history) : documents_(history.tokens()) {}

  /// How often the last `length` tokens of the context occur with another token behind.
  std::uint32_t count(const Tokens& context, std::size_t length) const {
    std::uint32_t count = 0;
    for_each_place(context, [&](std::size_t shared) { count += shared >= length ? 1 : 0; });
    return count;
  }
  std::size_t longest(const Tokens& context) const {
    std::size_t longest = 0;
    for_each_place(context, [&](std::size_t shared) { longest = std::max(longest, shared); });
    return longest;
  }

 private:
  template <typename Visit>
  void for_each_place(const Tokens& context, Visit visit) const {
    for (const Tokens& document : documents_) {
      for (std::size_t behind = 1; behind < document.size(); ++behind) {
        std::size_t shared = 0;
        while (shared < std::min(behind, context.size()) &&
               document[behind - 1 - shared] == context[context.size() - 1 - shared]) {
          ++shared;
        }
        visit(shared);
      }
    }
  }

  const std::vector<Tokens>& documents_;
};

/// A context that ends as some document does somewhere, or nearly so, or not at all.
Tokens random_context(const SampleHistory& history, std::uint64_t symbols, test::Random& random) {
  Tokens context(random.below(4));
  for (TokenId& token : context) token = static_cast<TokenId>(random.below(symbols));
  const Tokens& document = history.tokens()[random.below(history.tokens().size())];
  if (!document.empty()) {
    const auto first = static_cast<std::ptrdiff_t>(random.below(document.size()));
    const auto length = std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(random.below(12)),
                                                 std::ssize(document) - first);
    context.insert(context.end(), document.begin() + first, document.begin() + first + length);
  }
  if (random.below(3) == 0) context.push_back(static_cast<TokenId>(random.below(symbols)));
  return context;
}

void expect_same_as_every_place(const SampleHistory& history, std::uint64_t symbols, int queries,
                                test::Random& random) {
  const SegmentOf segment(history);
  const EveryPlace every_place(history);
  for (int query = 0; query < queries; ++query) {
    const Tokens context = random_context(history, symbols, random);
    const SuffixMatch match = segment->longest_suffix(context);
    ASSERT_EQ(match.length, every_place.longest(context));
    ASSERT_EQ(match.count(), match.length == 0 ? 0 : every_place.count(context, match.length));
    if (match.length == 0) continue;
    const auto shorter = static_cast<std::uint32_t>(1 + random.below(match.length));
    ASSERT_EQ(segment->shortened(match, context, shorter).count(),
              every_place.count(context, shorter));
    const std::uint32_t entry =
        match.first + static_cast<std::uint32_t>(random.below(match.count()));
    const std::uint32_t position = segment->occurrence(entry);
    const auto document = segment->document(segment->document_of(position)).tokens;
    const auto behind = segment->tokens_behind(position, 1000);
    const std::span before(document.data(), document.size() - behind.size());
    ASSERT_FALSE(behind.empty());
    ASSERT_TRUE(
        std::ranges::equal(before.last(match.length), std::span(context).last(match.length)));
  }
}

TEST(HistorySegment, AgreesWithALookAtEveryPlace) {
  test::Random random(1);
  for (std::uint64_t round = 0; round < (test::kIsSanitized ? 200 : 2000); ++round) {
    const std::uint64_t symbols = 1 + random.below(round % 2 == 0 ? 4 : 40);
    const SampleHistory history(1 + random.below(8), 20, symbols, round);
    ASSERT_NO_FATAL_FAILURE(expect_same_as_every_place(history, symbols, 500, random)) << round;
  }
}

// So many occurrences that they are not walked one by one.
TEST(HistorySegment, AgreesWithALookAtEveryPlaceWhereMatchesAreMany) {
  test::Random random(2);
  for (std::uint64_t round = 0; round < 30; ++round) {
    const std::uint64_t symbols = 1 + random.below(3);
    const SampleHistory history(1 + random.below(40), 200, symbols, round);
    ASSERT_NO_FATAL_FAILURE(expect_same_as_every_place(history, symbols, 100, random)) << round;
  }
}

}  // namespace
}  // namespace nextline
