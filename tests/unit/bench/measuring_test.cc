#include "server/bench/measuring.h"

#include <gtest/gtest.h>

namespace nextline::bench {
namespace {

TEST(MedianTest, IsTheMiddleSample) {
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(median({9, 1, 100}), 9);
}

TEST(MedianTest, LiesBetweenTwoMiddleSamples) { EXPECT_EQ(median({4, 100, 1, 6}), 5); }

}  // namespace
}  // namespace nextline::bench
