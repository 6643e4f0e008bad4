#include "engine/speculate/segment_format.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/sample_history.h"

namespace nextline {
namespace {

using test::kSampleTokenizer;
using test::SampleHistory;
using test::set_segment_checksums;

using Bytes = std::vector<std::byte>;

/// The sentence that a user sees for this file; empty if it is read.
std::string sentence(const Bytes& file, const SegmentTokenizer& tokenizer = kSampleTokenizer) {
  const auto segment = HistorySegment::parse(file, "s", tokenizer);
  return segment ? "" : segment.error().message;
}

template <typename Number>
void put(Bytes& file, std::size_t offset, Number number) {
  std::memcpy(file.data() + offset, &number, sizeof(number));
}

std::uint32_t number_at(const Bytes& file, std::size_t offset) {
  std::uint32_t number = 0;
  std::memcpy(&number, file.data() + offset, sizeof(number));
  return number;
}

class SegmentFormatTest : public ::testing::Test {
 protected:
  /// The sentence for the file with this number there, and checksums as if it belonged there.
  std::string sentence_with(std::size_t offset, std::uint32_t number) const {
    Bytes file = file_;
    put(file, offset, number);
    set_segment_checksums(file);
    return sentence(file);
  }

  const SampleHistory history_ =
      SampleHistory().add({5, 6, 7}, "a.py").add({5, 6}, "b").add({8, 5, 6, 9}, "a.py");
  const Bytes file_ = test::segment_bytes(history_);

  static constexpr std::size_t kHeader = 104;
  static constexpr std::size_t kTokens = kHeader + 3 * 16;
  static constexpr std::size_t kEntries = kTokens + 13 * 4;
  static constexpr std::size_t kStarts = kEntries + 6 * 4;
  static constexpr std::size_t kPathEnds = kStarts + 4 * 4;
  static constexpr std::size_t kPrefixes = kPathEnds + 2 * 4;
  static constexpr std::size_t kPaths = kPrefixes + 6;
};

// What docs/history-segment-format.md promises to other readers: a change of it is a new version.
TEST_F(SegmentFormatTest, LiesInTheFileAsTheDocumentSays) {
  EXPECT_EQ(std::memcmp(file_.data(), "NXTLHIST", 8), 0);
  EXPECT_EQ(number_at(file_, 8), 1U);
  EXPECT_EQ(number_at(file_, 12), 3U);           // Documents.
  EXPECT_EQ(number_at(file_, 16), 0x89abcdefU);  // The tokeniser's fingerprint.
  EXPECT_EQ(number_at(file_, 24), 13U);          // Tokens and separators.
  EXPECT_EQ(number_at(file_, 28), 6U);           // Entries.
  EXPECT_EQ(number_at(file_, 32), 2U);           // Paths.
  EXPECT_EQ(number_at(file_, 36), 5U);           // Their bytes.

  EXPECT_EQ(number_at(file_, kHeader + 16), 1001U);          // The second document: commit time,
  EXPECT_EQ(number_at(file_, kHeader + 24), 1U);             // path,
  EXPECT_EQ(number_at(file_, kHeader + 28), 1U | 1U << 16);  // language and kind.

  const std::vector<std::int32_t> tokens = {-1, 5, 6, 7, -1, 5, 6, -1, 8, 5, 6, 9, -1};
  EXPECT_EQ(std::memcmp(file_.data() + kTokens, tokens.data(), 52), 0);
  // Behind 5 at a document's beginning, twice, behind 8 5; behind 5 6, behind 8 5 6; behind 8.
  const std::vector<std::uint32_t> entries = {2, 6, 10, 3, 11, 9};
  EXPECT_EQ(std::memcmp(file_.data() + kEntries, entries.data(), 24), 0);
  const std::vector<std::uint32_t> starts = {1, 5, 8, 13};
  EXPECT_EQ(std::memcmp(file_.data() + kStarts, starts.data(), 16), 0);
  EXPECT_EQ(number_at(file_, kPathEnds), 4U);
  EXPECT_EQ(number_at(file_, kPathEnds + 4), 5U);
  const std::vector<std::uint8_t> prefixes = {0, 1, 1, 0, 2, 0};
  EXPECT_EQ(std::memcmp(file_.data() + kPrefixes, prefixes.data(), 6), 0);
  EXPECT_EQ(std::memcmp(file_.data() + kPaths, "a.pyb", 5), 0);
  EXPECT_EQ(file_.size(), kPaths + 5);

  Bytes again = file_;
  EXPECT_TRUE(set_segment_checksums(again));
  EXPECT_EQ(again, file_);
}

TEST_F(SegmentFormatTest, TakesElevenBytesPerTokenOfShortDocuments) {
  SampleHistory history;
  for (TokenId i = 0; i < 100; ++i) history.add(std::vector<TokenId>(24, i));
  EXPECT_LE(test::segment_bytes(history).size(), 100 * 24 * 11U);
}

TEST_F(SegmentFormatTest, IsRefusedWhereverItIsCut) {
  for (std::size_t size = 0; size < file_.size(); ++size) {
    Bytes cut(file_.begin(), file_.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_FALSE(sentence(cut).empty()) << size;
    set_segment_checksums(cut);
    ASSERT_EQ(sentence(cut),
              "The history segment \"s\" is damaged: the file is shorter than it should be.")
        << size;
  }
}

TEST_F(SegmentFormatTest, IsRefusedWithSomethingBehindIt) {
  Bytes longer = file_;
  longer.push_back({});
  EXPECT_EQ(sentence(longer),
            "The history segment \"s\" is damaged: the file is longer than it should be.");
}

TEST_F(SegmentFormatTest, IsRefusedWithAnyBitFlipped) {
  for (std::size_t bit = 0; bit < file_.size() * 8; ++bit) {
    Bytes flipped = file_;
    flipped[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    ASSERT_FALSE(sentence(flipped).empty()) << bit;
  }
}

// As somebody might make it up.
TEST_F(SegmentFormatTest, IsRefusedOrHarmlessWithAnyByteChangedWhateverTheChecksumsSay) {
  for (std::size_t offset = 0; offset < file_.size(); ++offset) {
    for (int value = 0; value < 256; ++value) {
      Bytes changed = file_;
      changed[offset] = static_cast<std::byte>(value);
      set_segment_checksums(changed);
      const auto segment = HistorySegment::parse(changed, "s", kSampleTokenizer);
      ASSERT_TRUE(!segment || test::lookups_stay_within(*segment)) << offset << ' ' << value;
    }
  }
}

TEST_F(SegmentFormatTest, IsRefusedInAnotherVersionOfTheFormat) {
  EXPECT_EQ(sentence_with(8, 2),
            "The history segment \"s\" is in version 2 of its format; this Nextline reads version "
            "1.");
}

TEST_F(SegmentFormatTest, IsRefusedWithTokensOfAnotherTokenizer) {
  EXPECT_EQ(sentence(file_, {1, 1000}),
            "The history segment \"s\" has tokens of another tokeniser.");
}

TEST_F(SegmentFormatTest, IsRefusedWithTokensOutsideTheVocabulary) {
  const std::string refused =
      "The history segment \"s\" is damaged: its tokens are not the tokeniser's.";
  EXPECT_EQ(sentence(file_, {kSampleTokenizer.fingerprint, 9}), refused);
  EXPECT_EQ(sentence_with(kTokens + 8, 1000), refused);
  EXPECT_EQ(sentence_with(kTokens + 8, 0xfffffffe), refused);
}

TEST_F(SegmentFormatTest, IsRefusedWhereDocumentsAreNotApart) {
  const std::string refused =
      "The history segment \"s\" is damaged: its documents run into each other.";
  EXPECT_EQ(sentence_with(kTokens, 5), refused);
  EXPECT_EQ(sentence_with(kTokens + 8, 0xffffffff), refused);
  EXPECT_EQ(sentence_with(kStarts, 0), refused);
  EXPECT_EQ(sentence_with(kStarts + 4, 4), refused);
  EXPECT_EQ(sentence_with(kStarts + 4, 8), refused);
  EXPECT_EQ(sentence_with(kStarts + 4, 0xffffffff), refused);
  EXPECT_EQ(sentence_with(kStarts + 12, 14), refused);
}

TEST_F(SegmentFormatTest, IsRefusedWithEntriesOutsideTheText) {
  for (const std::uint32_t position : {0U, 13U, 0xffffffffU}) {
    EXPECT_EQ(sentence_with(kEntries + 4, position),
              "The history segment \"s\" is damaged: its entries are not its tokens'.");
  }
}

TEST_F(SegmentFormatTest, IsRefusedWithDocumentsThatCannotBe) {
  const std::string refused =
      "The history segment \"s\" is damaged: what it says of its documents cannot be.";
  EXPECT_EQ(sentence_with(kHeader + 8, 2), refused);         // A path that is not there.
  EXPECT_EQ(sentence_with(kHeader + 12, 3 << 16), refused);  // A kind that there is not.
  EXPECT_EQ(sentence_with(kPathEnds + 4, 6), refused);       // A path beyond the end.
  EXPECT_EQ(sentence_with(kPathEnds, 6), refused);           // One that ends before it begins.
}

TEST_F(SegmentFormatTest, IsRefusedWithAbsurdCountsWhateverTheChecksumsSay) {
  for (const std::size_t offset : {12, 24, 28, 32, 36}) {
    for (const std::uint32_t count : {0U, 1U, 1U << 30, 0xffffffffU}) {
      EXPECT_NE(sentence_with(offset, count), "") << offset << ' ' << count;
    }
  }
}

}  // namespace
}  // namespace nextline
