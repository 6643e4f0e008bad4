#include "server/bench/measuring.h"

#include <gtest/gtest.h>

namespace nextline::bench {
namespace {

TEST(MedianTest, IsTheMiddleSample) {
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(median({9, 1, 100}), 9);
}

TEST(MedianTest, LiesBetweenTwoMiddleSamples) { EXPECT_EQ(median({4, 100, 1, 6}), 5); }

TEST(PercentileTest, IsASampleThatAShareOfTheOthersDoesNotExceed) {
  EXPECT_EQ(percentile({7}, 0.99), 7);
  EXPECT_EQ(percentile({3, 1, 2}, 0), 1);
  EXPECT_EQ(percentile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(percentile({3, 1, 2}, 1), 3);
}

}  // namespace
}  // namespace nextline::bench
