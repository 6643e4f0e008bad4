#include "engine/backend/log_softmax.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "engine/backend/divergence.h"
#include "tests/support/random.h"

namespace nextline {
namespace {

constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> random_logits(std::size_t count, float spread) {
  test::Random random{count};
  std::vector<float> logits(count);
  for (float& logit : logits) logit = spread * random.normal();
  return logits;
}

void expect_as_in_double(const std::vector<float>& logits) {
  const LogSoftmax probabilities(logits);
  const double sum = log_sum_exp(logits);
  for (const float logit : logits) {
    ASSERT_NEAR(probabilities.of(logit), logit - sum, 1e-5 + 1e-7 * std::abs(logit - sum));
  }
}

TEST(LogSoftmax, IsThatOfTheExactSum) {
  // Fewer than a block, some blocks, no multiple of anything, a real vocabulary.
  for (const std::size_t count : {1U, 7U, 1024U, 5003U, 151936U}) {
    SCOPED_TRACE(count);
    for (const float spread : {0.01F, 3.0F, 40.0F})
      expect_as_in_double(random_logits(count, spread));
  }
}

TEST(LogSoftmax, ManyUnlikelyTokensAreNotLostBesideALikelyOne) {
  std::vector<float> logits(151936, -16.0F);
  logits[77] = 1.0F;
  expect_as_in_double(logits);
  const float all_others = LogSoftmax(logits).of_any(std::vector(151935, -16.0F));
  EXPECT_NEAR(std::exp(all_others) + std::exp(LogSoftmax(logits).of(1.0F)), 1.0F, 1e-5F);
}

TEST(LogSoftmax, AShiftOfAllLogitsChangesNothing) {
  std::vector<float> logits = random_logits(100, 2.0F);
  const float before = LogSoftmax(logits).of(logits[3]);
  for (float& logit : logits) logit += 4096.0F;
  EXPECT_NEAR(LogSoftmax(logits).of(logits[3]), before, 1e-3F);
}

TEST(LogSoftmax, WhatIsNoNumberHasNoProbabilityAndTakesNoneAway) {
  const LogSoftmax probabilities(std::vector{kNotANumber, 1.0F, -kInfinity, 1.0F});
  EXPECT_NEAR(probabilities.of(1.0F), std::log(0.5F), 1e-6F);
  EXPECT_EQ(probabilities.of(kNotANumber), -kInfinity);
  EXPECT_EQ(probabilities.of(-kInfinity), -kInfinity);
  EXPECT_EQ(probabilities.of_any(std::vector{kNotANumber, -kInfinity}), -kInfinity);
}

TEST(LogSoftmax, WhatIsInfinitelyLikelyLeavesNothingToTheOthers) {
  const LogSoftmax probabilities(std::vector{5.0F, kInfinity});
  EXPECT_EQ(probabilities.of(kInfinity), 0.0F);
  EXPECT_EQ(probabilities.of(5.0F), -kInfinity);
  EXPECT_EQ(probabilities.of_any(std::vector{5.0F, kInfinity}), 0.0F);
}

TEST(LogSoftmax, WhereNothingIsANumberNothingIsLikely) {
  const std::vector<float> nothing(3, kNotANumber);
  EXPECT_EQ(LogSoftmax(nothing).of(kNotANumber), -kInfinity);
  EXPECT_EQ(LogSoftmax(nothing).of_any(nothing), -kInfinity);
  EXPECT_EQ(highest_of(nothing), -kInfinity);
}

TEST(LogSoftmax, AllTokensTogetherAreCertain) {
  const std::vector<float> logits = random_logits(5003, 3.0F);
  EXPECT_NEAR(LogSoftmax(logits).of_any(logits), 0.0F, 1e-6F);
  EXPECT_EQ(LogSoftmax(logits).of_any({}), -kInfinity);
}

TEST(LogSoftmax, TheHighestIsFoundWhereverItStands) {
  for (const std::size_t place : {0U, 1U, 1023U, 1024U, 2999U}) {
    std::vector<float> logits(3000, -2.0F);
    logits[place] = -1.0F;
    logits[(place + 5) % 3000] = kNotANumber;
    EXPECT_EQ(highest_of(logits), -1.0F) << place;
  }
}

}  // namespace
}  // namespace nextline
