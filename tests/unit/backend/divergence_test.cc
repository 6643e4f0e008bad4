#include "engine/backend/divergence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace nextline {
namespace {

using Row = std::vector<float>;

constexpr float kImpossible = -std::numeric_limits<float>::infinity();

TEST(LogSumExp, DoesNotOverflow) {
  EXPECT_DOUBLE_EQ(log_sum_exp(Row{0, 0, 0, 0}), std::log(4.0));
  EXPECT_DOUBLE_EQ(log_sum_exp(Row{5000, 5000}), 5000 + std::log(2.0));
}

TEST(KlDivergence, IsTheMeanSurplusOfNatsInTheTruth) {
  // Probabilities 3/4 and 1/4 against equal ones; a constant in all logits means nothing.
  const Row truth = {100 + std::log(3.0F), 100};
  EXPECT_NEAR(kl_divergence(truth, Row{7, 7}), 0.75 * std::log(1.5) + 0.25 * std::log(0.5), 1e-6);
  EXPECT_NEAR(kl_divergence(Row{7, 7}, truth), 0.5 * std::log(1 / 1.5) + 0.5 * std::log(2), 1e-6);
}

TEST(KlDivergence, OfADistributionFromItselfIsZero) {
  const Row logits = {0.1F, -3.7F, 12.5F, 3.3F};
  EXPECT_EQ(kl_divergence(logits, logits), 0.0);
}

TEST(KlDivergence, CountsImpossibleTokensAsTheirLimitSays) {
  EXPECT_DOUBLE_EQ(kl_divergence(Row{0, kImpossible}, Row{0, 0}), std::log(2.0));
  EXPECT_EQ(kl_divergence(Row{0, kImpossible}, Row{0, kImpossible}), 0.0);
  EXPECT_EQ(kl_divergence(Row{0, 0}, Row{0, kImpossible}), std::numeric_limits<double>::infinity());
}

TEST(KlDivergence, DoesNotHideWhatIsNoNumber) {
  EXPECT_TRUE(std::isnan(kl_divergence(Row{0, std::nanf("")}, Row{0, 0})));
  EXPECT_TRUE(std::isnan(kl_divergence(Row{0, 0}, Row{0, std::nanf("")})));
}

TEST(MeanKl, IsTheMeanOverRows) {
  const std::vector<Row> truth = {{0, kImpossible}, {1, 2}};
  const std::vector<Row> other = {{0, 0}, {1, 2}};
  EXPECT_DOUBLE_EQ(mean_kl(truth, other), std::log(2.0) / 2);
  EXPECT_EQ(mean_kl({}, {}), 0.0);
}

}  // namespace
}  // namespace nextline
