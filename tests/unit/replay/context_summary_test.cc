#include "server/replay/context_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nextline::replay {
namespace {

using ::testing::HasSubstr;

ContextOutcome outcome(float nats, bool exact_match, std::uint32_t context_tokens) {
  ContextOutcome made;
  made.nats = nats;
  made.line_tokens = 4;
  made.exact_match = exact_match;
  made.edit_similarity = exact_match ? 100 : 50;
  made.context_tokens = context_tokens;
  made.prompt_tokens = 900 + context_tokens;
  made.has_name = context_tokens > 400;
  return made;
}

class ContextSummaryTest : public ::testing::Test {
 protected:
  static std::vector<ContextResult> results() {
    std::vector<ContextResult> made = {{"a",
                                        Language::kPython,
                                        RowSetting::kCrossFileFirst,
                                        {outcome(8, false, 0), outcome(4, true, 500)}},
                                       {"b",
                                        Language::kJava,
                                        RowSetting::kCrossFileRandom,
                                        {outcome(6, true, 0), outcome(8, true, 300)}}};
    made[0].outcomes[0].editing = EditingCost{10, 12, 20, 0};
    made[0].outcomes[1].editing = EditingCost{10, 12, 24, 1000};
    return made;
  }
  static std::vector<std::string> names(const std::vector<ContextRow>& rows) {
    std::vector<std::string> names;
    for (const ContextRow& row : rows) {
      names.push_back(std::string(row.group) + " " + std::to_string(row.budget));
    }
    return names;
  }

  const std::vector<std::uint32_t> budgets_ = {0, 512};
  const std::vector<ContextRow> rows_ = summarise(budgets_, results());
};

TEST_F(ContextSummaryTest, HasARowPerBudgetOfAllLinesAndOfEachKind) {
  EXPECT_EQ(names(rows_),
            (std::vector<std::string>{"all 0", "all 512", "python 0", "python 512", "java 0",
                                      "java 512", "first use 0", "first use 512", "later use 0",
                                      "later use 512", "name shown 0", "name shown 512",
                                      "name not shown 0", "name not shown 512"}));
}

TEST_F(ContextSummaryTest, LinesThatAContextHasAreToldApart) {
  auto given = results();
  given[0].outcomes[1].has_line = true;
  const auto rows = summarise(budgets_, given);
  EXPECT_EQ(rows.back().group, "line not shown");
  EXPECT_EQ(rows.back().lines, 1U);
  EXPECT_EQ(rows.back().nats_per_line.mean, 8);
}

TEST_F(ContextSummaryTest, ComparesLineByLineWithNoContext) {
  EXPECT_FALSE(rows_[0].nats_per_line_gain);
  EXPECT_EQ(rows_[0].nats_per_line.mean, 7);
  EXPECT_EQ(rows_[0].nats_per_token.mean, 7.0 / 4);
  const ContextRow& with = rows_[1];
  EXPECT_EQ(with.lines, 2U);
  EXPECT_EQ(with.nats_per_line.mean, 6);
  EXPECT_EQ(with.nats_per_line_gain->mean, 1);
  EXPECT_EQ(with.nats_per_line_gain->interval->low, -2);
  EXPECT_EQ(with.nats_per_line_gain->interval->high, 4);
  EXPECT_EQ(with.nats_per_token_gain->mean, 1.0 / 4);
  EXPECT_EQ(with.exact_match.mean, 100);
  EXPECT_EQ(with.exact_match_gain->mean, 50);
  EXPECT_EQ(with.edit_similarity_gain->mean, 25);
}

TEST_F(ContextSummaryTest, WithoutARunWithoutContextNothingIsCompared) {
  const auto rows = summarise(std::vector<std::uint32_t>{256, 512}, results());
  EXPECT_FALSE(rows[1].nats_per_line_gain);
}

TEST_F(ContextSummaryTest, CountsWhatEditsCost) {
  const ContextRow& with = rows_[1];
  EXPECT_EQ(with.context_tokens, 400);
  EXPECT_EQ(with.prompt_tokens, 1300);
  EXPECT_EQ(with.names_shown, 50);
  ASSERT_TRUE(with.editing);
  EXPECT_EQ(with.editing->lines, 1U);
  EXPECT_EQ(with.editing->typed, 12);
  EXPECT_EQ(with.editing->line_above, 24);
  EXPECT_EQ(with.editing->chosen_anew, 1000);
  EXPECT_EQ(with.editing->changes, 100);
  EXPECT_FALSE(rows_[5].editing);  // None of its lines was typed.
}

TEST_F(ContextSummaryTest, IsTold) {
  const boost::json::object object = to_json(rows_[1]);
  EXPECT_EQ(object.at("context"), 512);
  EXPECT_EQ(object.at("lines"), "all");
  EXPECT_EQ(object.at("nats_per_line_gain_low"), -2.0);
  EXPECT_EQ(object.at("editing").at("typed"), 12.0);
  EXPECT_FALSE(to_json(rows_[0]).contains("nats_per_line_gain"));
  EXPECT_THAT(table_of(rows_), HasSubstr("nats/token"));
  EXPECT_THAT(table_of(rows_), HasSubstr("1.00 [-2.00, 4.00]"));
}

}  // namespace
}  // namespace nextline::replay
