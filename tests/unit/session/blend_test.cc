#include "engine/session/blend.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/random.h"

namespace nextline {
namespace {

std::vector<float> random_logits(test::Random& random, std::size_t count) {
  std::vector<float> logits(count);
  for (float& logit : logits) logit = static_cast<float>(random.below(20'000)) / 1000 - 10;
  return logits;
}

std::vector<double> probabilities(const std::vector<float>& logits) {
  std::vector<double> p;
  double sum = 0;
  for (const float logit : logits) sum += p.emplace_back(std::exp(double{logit}));
  for (double& value : p) value /= sum;
  return p;
}

TEST(Blend, TheSoftmaxIsTheGeometricMeanMadeToSumToOne) {
  test::Random random(4);
  const std::vector<float> first = random_logits(random, 1001);
  const std::vector<float> second = random_logits(random, 1001);
  const std::vector<double> p = probabilities(first);
  const std::vector<double> q = probabilities(second);
  std::vector<double> expected;
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    sum += expected.emplace_back(std::pow(p[i], 0.3) * std::pow(q[i], 0.7));
  }
  std::vector<float> blended = first;
  blend(blended, second, 0.3F);
  const std::vector<double> found = probabilities(blended);
  for (std::size_t i = 0; i < p.size(); ++i) {
    ASSERT_NEAR(found[i], expected[i] / sum, 1e-5 * found[i]) << i;
  }
}

TEST(Blend, AWeightOfOneOrNothingLeavesOneOfThemAsItWas) {
  test::Random random(5);
  const std::vector<float> first = random_logits(random, 37);
  const std::vector<float> second = random_logits(random, 37);
  std::vector<float> blended = first;
  blend(blended, second, 1);
  EXPECT_EQ(blended, first);
  blend(blended, second, 0);
  EXPECT_EQ(blended, second);
}

}  // namespace
}  // namespace nextline
