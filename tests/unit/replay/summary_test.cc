#include "server/replay/summary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace nextline::replay {
namespace {

Variant variant_of(Mode mode) {
  Variant variant;
  variant.mode = mode;
  return variant;
}

Outcome outcome_of(bool exact_match, int similarity, double kl, std::uint32_t encoded) {
  return {"", exact_match, similarity, kl, 10.0 * encoded, encoded, 1000};
}

/// Two variants and four cases: two edits, two languages.
class SummaryTest : public ::testing::Test {
 protected:
  const std::vector<Variant> variants_ = {variant_of(Mode::kFull), variant_of(Mode::kPie)};
  const std::vector<CaseResult> results_ = {
      {"1",
       Language::kPython,
       EditKind::kInsert,
       "",
       {outcome_of(true, 100, 0, 1000), outcome_of(true, 100, 0.01, 10)}},
      {"2",
       Language::kPython,
       EditKind::kInsert,
       "",
       {outcome_of(true, 100, 0, 1000), outcome_of(false, 60, 0.05, 20)}},
      {"3",
       Language::kJava,
       EditKind::kInsert,
       "",
       {outcome_of(false, 50, 0, 1000), outcome_of(false, 50, 0.02, 30)}},
      {"4",
       Language::kJava,
       EditKind::kJump,
       "",
       {outcome_of(false, 40, 0, 1000), outcome_of(true, 100, 0.04, 40)}}};
  const std::vector<SummaryRow> rows_ = summarise(variants_, results_);
};

TEST_F(SummaryTest, EverythingComesFirstThenKindsThenLanguages) {
  std::vector<std::string> names;
  for (const SummaryRow& row : rows_) {
    names.push_back(std::string(name_of(row.variant.mode)) + " " +
                    std::string(row.kind ? name_of(*row.kind) : "all") + " " +
                    std::string(row.language ? name_of(*row.language) : "all") + " " +
                    std::to_string(row.cases));
  }
  EXPECT_EQ(names, (std::vector<std::string>{
                       "full all all 4", "pie all all 4", "full insert all 3", "pie insert all 3",
                       "full jump all 1", "pie jump all 1", "full all python 2", "pie all python 2",
                       "full all java 2", "pie all java 2"}));
}

TEST_F(SummaryTest, FiguresAreMeans) {
  const SummaryRow& pie = rows_[1];
  EXPECT_DOUBLE_EQ(pie.exact_match.mean, 50);
  EXPECT_DOUBLE_EQ(pie.edit_similarity.mean, 77.5);
  EXPECT_NEAR(pie.kl.mean, 0.03, 1e-12);
  EXPECT_DOUBLE_EQ(pie.tokens_encoded, 25);
  EXPECT_DOUBLE_EQ(pie.tokens_full, 1000);
  EXPECT_DOUBLE_EQ(pie.p50_ms, 250);
}

TEST_F(SummaryTest, GainsArePairedWithFull) {
  const SummaryRow& pie = rows_[1];
  ASSERT_TRUE(pie.exact_match_gain);
  EXPECT_DOUBLE_EQ(pie.exact_match_gain->mean, 0);
  EXPECT_DOUBLE_EQ(pie.edit_similarity_gain->mean, 5);
  EXPECT_EQ(rows_[0].exact_match_gain->mean, 0);
  EXPECT_EQ(rows_[0].exact_match_gain->interval, (Interval{0, 0}));
  const std::vector<Variant> alone = {variant_of(Mode::kPie)};
  std::vector<CaseResult> without = results_;
  for (CaseResult& result : without) result.outcomes.erase(result.outcomes.begin());
  EXPECT_FALSE(summarise(alone, without)[0].exact_match_gain);
}

TEST_F(SummaryTest, FullOfAnotherLayoutIsNoMeasure) {
  std::vector<Variant> variants = variants_;
  variants[0].layout = Layout::kPlain;
  EXPECT_FALSE(summarise(variants, results_)[1].exact_match_gain);
}

TEST_F(SummaryTest, JsonHasTheFieldsThatArePromised) {
  const boost::json::object object = to_json(rows_[1]);
  for (const char* const name : {"mode",
                                 "stages",
                                 "edit",
                                 "layout",
                                 "kv_type",
                                 "language",
                                 "speculation",
                                 "n",
                                 "exact_match",
                                 "exact_match_low",
                                 "exact_match_high",
                                 "edit_similarity",
                                 "edit_similarity_low",
                                 "edit_similarity_high",
                                 "kl",
                                 "kl_low",
                                 "kl_high",
                                 "p50_ms",
                                 "p95_ms",
                                 "tokens_encoded",
                                 "tokens_full",
                                 "accepted_per_pass"}) {
    EXPECT_TRUE(object.contains(name)) << name;
  }
  EXPECT_EQ(object.at("mode").as_string(), "pie");
  EXPECT_EQ(object.at("edit").as_string(), "all");
}

TEST_F(SummaryTest, OneCaseHasNoInterval) {
  const SummaryRow& jump = rows_[5];
  EXPECT_EQ(jump.cases, 1U);
  EXPECT_FALSE(jump.kl.interval);
  EXPECT_FALSE(to_json(jump).contains("kl_low"));
}

TEST_F(SummaryTest, TheTableHasALinePerRowAndAHeading) {
  const std::string table = table_of(rows_);
  EXPECT_EQ(static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n')),
            rows_.size() + 1);
  EXPECT_NE(table.find("pie spm"), std::string::npos);
  EXPECT_NE(table.find("25 (2.5 %)"), std::string::npos);
}

TEST_F(SummaryTest, ThePlotShowsWhatHoldsForEverything) {
  const std::vector<PlotPoint> points = plot_points(rows_);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1].label, "pie spm");
  EXPECT_DOUBLE_EQ(points[1].encoded, 0.025);
  const std::string svg = plot_of(points, "a < b & c");
  EXPECT_NE(svg.find("a &lt; b &amp; c"), std::string::npos);
  EXPECT_NE(svg.find("pie spm: 2.5 % of the tokens, KL 0.03, exact match 50.0 %"),
            std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(Plot, NothingCanBeDrawn) {
  const std::string svg = plot_of({}, "empty");
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
}

}  // namespace
}  // namespace nextline::replay
