#include "server/replay/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace nextline::replay {
namespace {

using Samples = std::vector<double>;

TEST(Mean, OfSamples) {
  EXPECT_EQ(mean(Samples{1, 2, 6}), 3);
  EXPECT_EQ(mean(Samples{7}), 7);
  EXPECT_TRUE(std::isnan(mean(Samples{})));
}

TEST(Percentile, LiesBetweenItsNeighbours) {
  EXPECT_EQ(median({9, 1, 100}), 9);
  EXPECT_EQ(median({4, 100, 1, 6}), 5);
  EXPECT_DOUBLE_EQ(percentile({10, 20, 30, 40, 50}, 0.95), 48);
  EXPECT_EQ(percentile({3, 1, 2}, 0), 1);
  EXPECT_EQ(percentile({3, 1, 2}, 1), 3);
  EXPECT_EQ(percentile({7}, 0.95), 7);
  EXPECT_TRUE(std::isnan(median({})));
}

TEST(MeanInterval, NeedsTwoSamples) {
  EXPECT_FALSE(mean_interval(Samples{}));
  EXPECT_FALSE(mean_interval(Samples{1}));
  EXPECT_TRUE(mean_interval(Samples{1, 2}));
}

TEST(MeanInterval, OfEqualSamplesIsTheirValue) {
  EXPECT_EQ(mean_interval(Samples(10, 0.5)), (Interval{0.5, 0.5}));
}

TEST(MeanInterval, IsThatOfTheNormalDistributionForManySamples) {
  Samples samples;
  for (int i = 0; i < 400; ++i) samples.push_back(i % 4 == 0);  // A quarter of matches.
  const auto interval = mean_interval(samples);
  const double half = 1.96 * std::sqrt(0.25 * 0.75 / 400);
  EXPECT_NEAR(interval->low, 0.25 - half, 0.003);
  EXPECT_NEAR(interval->high, 0.25 + half, 0.003);
}

TEST(MeanInterval, IsTheSameEverywhere) {
  const Samples samples = {0, 1, 1, 0, 1, 0.25, 3};
  EXPECT_EQ(mean_interval(samples), mean_interval(samples, {.resamples = 10'000, .seed = 1}));
  EXPECT_EQ(mean_interval(samples), (Interval{2.0 / 7, 12.0 / 7}));
  EXPECT_NE(mean_interval(samples, {.resamples = 100, .seed = 1}),
            mean_interval(samples, {.resamples = 100, .seed = 2}));
}

TEST(PairedDifferenceInterval, DoesNotWidenWithWhatBothHaveInCommon) {
  const Samples reference = {0, 100, 0, 100, 0, 100, 0, 100};
  const Samples samples = {1, 102, 1, 102, 1, 102, 1, 102};
  const auto interval = paired_difference_interval(samples, reference);
  EXPECT_GE(interval->low, 1);
  EXPECT_LE(interval->high, 2);
  EXPECT_LT(interval->low, interval->high);
  EXPECT_FALSE(paired_difference_interval(Samples{1}, Samples{2}));
}

}  // namespace
}  // namespace nextline::replay
