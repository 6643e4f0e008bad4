#include "engine/speculate/segment_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "tests/support/full_disk.h"
#include "tests/support/sample_history.h"
#include "tests/support/temporary_folder.h"

namespace nextline {
namespace {

using test::kSampleTokenizer;
using test::SampleHistory;
using ::testing::HasSubstr;

class SegmentWriterTest : public ::testing::Test {
 protected:
  SegmentWriterTest() {
    calls_.sync = [](int) { return 0; };
  }

  Result<void> write(const SampleHistory& history) const { return write(history, calls_); }
  Result<void> write(const SampleHistory& history, const FileCalls& calls) const {
    return write_segment({folder_, "s", calls}, kSampleTokenizer, history.documents());
  }
  Result<HistorySegment> open(const std::string& name = "s") const {
    return HistorySegment::open(folder_, name, kSampleTokenizer);
  }
  void expect_written(const SampleHistory& history) const {
    const auto segment = open();
    ASSERT_TRUE(segment.has_value()) << segment.error().message;
    ASSERT_EQ(segment->document_count(), history.tokens().size());
    for (std::uint32_t i = 0; i < segment->document_count(); ++i) {
      EXPECT_TRUE(std::ranges::equal(segment->document(i).tokens, history.tokens()[i]));
    }
  }
  std::size_t file_count() const { return folder_.entries()->size(); }
  std::string subject() const {
    return "The history segment \"" + (top_.path() / "s").string() + "\"";
  }

  const test::TemporaryFolder top_;
  const PrivateFolder folder_ = *PrivateFolder::create(top_.path());
  FileCalls calls_ = FileCalls::of_the_system();
  const SampleHistory earlier_ = SampleHistory(5, 20, 10, 1);
  const SampleHistory newer_ = SampleHistory(6, 20, 10, 2);
};

TEST_F(SegmentWriterTest, WritesWhatIsOpened) {
  ASSERT_TRUE(write(newer_, FileCalls::of_the_system()).has_value());
  expect_written(newer_);
  const auto segment = open();
  EXPECT_EQ(segment->bytes(), test::segment_bytes(newer_).size());
  EXPECT_TRUE(test::lookups_stay_within(*segment));
}

TEST_F(SegmentWriterTest, WhatIsNotThereIsSaid) {
  const auto missing = open();
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().message, subject() + " is not there.");
}

TEST_F(SegmentWriterTest, AnEarlierSegmentIsReplacedAndStaysWithThoseWhoHaveItOpen) {
  ASSERT_TRUE(write(earlier_).has_value());
  const auto segment = open();
  ASSERT_TRUE(write(newer_).has_value());
  EXPECT_EQ(segment->document_count(), 5U);
  EXPECT_TRUE(test::lookups_stay_within(*segment));
  expect_written(newer_);
  EXPECT_EQ(file_count(), 1U);
}

TEST_F(SegmentWriterTest, AFullDiskAtAnyWriteIsSurvivedAndSaid) {
  ASSERT_TRUE(write(earlier_).has_value());
  const std::size_t size = test::segment_bytes(newer_).size();
  for (std::size_t room = 0; room < size; ++room) {
    const auto written = write(newer_, test::with_room(calls_, room));
    ASSERT_FALSE(written.has_value());
    ASSERT_EQ(written.error().message, subject() + " was not saved: the disk is full.");
    ASSERT_EQ(file_count(), 1U);
  }
  expect_written(earlier_);
}

TEST_F(SegmentWriterTest, AFailureBehindTheWriteKeepsTheEarlierSegment) {
  ASSERT_TRUE(write(earlier_).has_value());
  FileCalls calls = calls_;
  calls.rename = [](int, const char*, const char*) {
    errno = EACCES;
    return -1;
  };
  const auto written = write(newer_, calls);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().message,
            subject() + " was not saved: the permissions do not allow it.");
  EXPECT_EQ(file_count(), 1U);
  expect_written(earlier_);
}

TEST_F(SegmentWriterTest, IsNotWrittenWhereItCouldNotBeRead) {
  for (const TokenId token : {-1, 1000}) {
    const auto written = write(SampleHistory().add({1, token}, "a.py"));
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().message,
              subject() + " cannot be made: a token of \"a.py\" is not the tokeniser's.");
  }
  EXPECT_EQ(file_count(), 0U);
}

/// Of each path and first token, when it was committed.
std::multimap<std::pair<std::string, TokenId>, std::int64_t> times(const HistorySegment& segment) {
  std::multimap<std::pair<std::string, TokenId>, std::int64_t> times;
  for (std::uint32_t i = 0; i < segment.document_count(); ++i) {
    const HistoryDocument document = segment.document(i);
    times.emplace(std::pair(document.path, document.tokens.front()), document.commit_time);
  }
  return times;
}

TEST_F(SegmentWriterTest, MergingKeepsTheNewestOfDocumentsThatAreTheSame) {
  const std::vector<TokenId> a = {1, 2, 3};
  const std::vector<TokenId> b = {4, 5};
  constexpr auto kAdded = DocumentKind::kAddedLines;
  const std::vector<HistoryDocument> first = {{a, "a.py", 10, 0, kAdded},
                                              {b, "a.py", 11, 0, kAdded}};
  const std::vector<HistoryDocument> second = {
      {a, "a.py", 20, 0, kAdded}, {b, "a.py", 5, 0, kAdded}, {a, "b.py", 6, 0, kAdded}};
  ASSERT_TRUE(write_segment({folder_, "first", calls_}, kSampleTokenizer, first).has_value());
  ASSERT_TRUE(write_segment({folder_, "second", calls_}, kSampleTokenizer, second).has_value());
  const auto opened_first = open("first");
  const auto opened_second = open("second");
  const std::vector<const HistorySegment*> both = {&*opened_first, &*opened_second};
  // In the place of one of them.
  ASSERT_TRUE(merge_segments({folder_, "second", calls_}, kSampleTokenizer, both).has_value());

  const auto merged = open("second");
  ASSERT_TRUE(merged.has_value()) << merged.error().message;
  using Key = std::pair<std::string, TokenId>;
  EXPECT_THAT(times(*merged),
              ::testing::ElementsAre(std::pair(Key("a.py", 1), 20), std::pair(Key("a.py", 4), 11),
                                     std::pair(Key("b.py", 1), 6)));
  const std::vector<TokenId> context = {1, 2};
  EXPECT_EQ(merged->longest_suffix(context).count(), 2U);
}

TEST_F(SegmentWriterTest, MergingKeepsOfAFileTheNewestVersionAlone) {
  const std::vector<TokenId> a = {1, 2, 3};
  const std::vector<TokenId> b = {4, 5};
  const std::vector<TokenId> c = {6, 7};
  constexpr auto kFile = DocumentKind::kFile;
  const std::vector<HistoryDocument> first = {{a, "a.py", 10, 0, kFile},
                                              {a, "b.py", 10, 0, kFile},
                                              {c, "a.py", 5, 0, DocumentKind::kAddedLines}};
  // Of versions of the same time, none is known to be the newer one.
  const std::vector<HistoryDocument> second = {
      {b, "a.py", 20, 0, kFile}, {b, "b.py", 9, 0, kFile}, {c, "a.py", 20, 0, kFile}};
  ASSERT_TRUE(write_segment({folder_, "first", calls_}, kSampleTokenizer, first).has_value());
  ASSERT_TRUE(write_segment({folder_, "second", calls_}, kSampleTokenizer, second).has_value());
  const auto opened_first = open("first");
  const auto opened_second = open("second");
  const std::vector<const HistorySegment*> both = {&*opened_first, &*opened_second};
  ASSERT_TRUE(merge_segments({folder_, "merged", calls_}, kSampleTokenizer, both).has_value());

  const auto merged = open("merged");
  ASSERT_TRUE(merged.has_value()) << merged.error().message;
  using Key = std::pair<std::string, TokenId>;
  EXPECT_THAT(times(*merged),
              ::testing::ElementsAre(std::pair(Key("a.py", 4), 20), std::pair(Key("a.py", 6), 20),
                                     std::pair(Key("b.py", 1), 10)));
}

TEST_F(SegmentWriterTest, IsNotWrittenWhereItIsStopped) {
  std::stop_source stop;
  stop.request_stop();
  const SampleHistory history(10, 20, 10, 1);
  const auto written = write_segment({folder_, "stopped", calls_}, kSampleTokenizer,
                                     history.documents(), stop.get_token());
  ASSERT_FALSE(written.has_value());
  EXPECT_THAT(written.error().message, ::testing::HasSubstr("was stopped"));
  EXPECT_EQ(file_count(), 0U);
}

TEST_F(SegmentWriterTest, MergingFindsWhatBothHave) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    // Lines of changes: of files, the older versions would go.
    const SampleHistory other(10, 20, 10, 100 + seed, DocumentKind::kAddedLines);
    const SampleHistory one(10, 20, 10, seed, DocumentKind::kAddedLines);
    ASSERT_TRUE(write(one).has_value());
    const auto first = open();
    ASSERT_TRUE(write(other).has_value());
    const auto second = open();
    const std::vector<const HistorySegment*> both = {&*first, &*second};
    ASSERT_TRUE(merge_segments({folder_, "merged", calls_}, kSampleTokenizer, both).has_value());
    const auto merged = open("merged");
    ASSERT_TRUE(merged.has_value());
    for (const auto& context : other.tokens()) {
      const SuffixMatch a = first->longest_suffix(context);
      const SuffixMatch b = second->longest_suffix(context);
      EXPECT_EQ(merged->longest_suffix(context).length, std::max(a.length, b.length));
    }
  }
}

}  // namespace
}  // namespace nextline
