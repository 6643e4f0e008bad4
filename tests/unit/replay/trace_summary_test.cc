#include "server/replay/trace_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nextline::replay {
namespace {

using testing::HasSubstr;

DecodeOutcome outcome(std::uint32_t generated, std::uint32_t passes, double milliseconds) {
  DecodeOutcome made;
  made.generated = generated;
  made.passes = passes;
  made.accepted = generated - 1 - passes;
  made.drafted = 2 * made.accepted;
  made.milliseconds = milliseconds;
  made.encode_ms = 5;
  return made;
}

class TraceSummaryTest : public ::testing::Test {
 protected:
  const std::vector<SpeculationVariant> variants_ = {{Speculation::kOff, {}},
                                                     {Speculation::kBuffer, {}}};
  const std::vector<LineOutcome> lines_ = {
      {true, Language::kPython, {outcome(11, 10, 100), outcome(11, 5, 55)}, {}},
      {false,
       Language::kJava,
       {outcome(7, 6, 60), outcome(7, 3, 25)},
       {outcome(3, 2, 20), outcome(3, 1, 11)}}};
  const std::vector<TraceRow> rows_ = summarise(variants_, lines_);
};

TEST_F(TraceSummaryTest, HasARowPerVariantOfAllNovelAndOtherLinesAndKeys) {
  std::vector<std::string> names;
  for (const TraceRow& row : rows_) {
    names.push_back(std::string(name_of(row.variant.speculation)) + (row.is_key ? " key " : " ") +
                    (!row.is_novel   ? "all"
                     : *row.is_novel ? "novel"
                                     : "verbatim"));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"off all", "buffer all", "off novel", "buffer novel",
                                             "off verbatim", "buffer verbatim", "off key all",
                                             "buffer key all", "off key verbatim",
                                             "buffer key verbatim"}));
}

TEST_F(TraceSummaryTest, CountsWhatPassesGave) {
  EXPECT_EQ(rows_[0].tokens_per_pass, 1);
  EXPECT_EQ(rows_[1].tokens_per_pass, 16.0 / 8);
  EXPECT_EQ(rows_[1].accepted_per_pass, 8.0 / 8);
  EXPECT_EQ(rows_[1].drafted_per_pass, 16.0 / 8);
  EXPECT_EQ(rows_[1].decode_ms, 40);
  EXPECT_EQ(rows_[1].speedup, 160.0 / 80);
  EXPECT_EQ(rows_[1].total_ms, 45);
  EXPECT_EQ(rows_[1].total_passes, 4.5);
  ASSERT_TRUE(rows_[1].speedup_interval);
  EXPECT_LE(rows_[1].speedup_interval->low, 2);
  EXPECT_GE(rows_[1].speedup_interval->high, 2);
}

TEST_F(TraceSummaryTest, CountsWhatDiffers) {
  std::vector<LineOutcome> lines = lines_;
  lines[0].line[1].is_same = false;
  EXPECT_EQ(summarise(variants_, lines)[1].differing, 1U);
  EXPECT_EQ(rows_[1].differing, 0U);
}

TEST_F(TraceSummaryTest, IsTold) {
  const boost::json::object object = to_json(rows_[1]);
  EXPECT_EQ(object.at("speculation"), "buffer");
  EXPECT_EQ(object.at("lines"), "all");
  EXPECT_EQ(object.at("n"), 2);
  EXPECT_EQ(object.at("accepted_per_pass"), 1.0);
  EXPECT_THAT(table_of(rows_), HasSubstr("tokens/pass"));
}

}  // namespace
}  // namespace nextline::replay
