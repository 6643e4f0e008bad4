#include "server/bench/least_time.h"

#include <gtest/gtest.h>

#include <vector>

namespace nextline::bench {
namespace {

constexpr MachineLimits kLimits{.read_gb_per_s = 10, .gmac_per_s = 100, .float_gmac_per_s = 20};

/// Reading takes 100 ms, and 1 ms per token before; a row 8 ms, and 1 ms per key that it sees.
constexpr ModelWork kWork{.weight_bytes = 1'000'000'000,
                          .slot_bytes = 10'000'000,
                          .row_products = 500'000'000,
                          .asking_row_products = 300'000'000,
                          .key_products = 15'000'000,
                          .asking_key_products = 5'000'000};

double least(const Rows& rows) { return least_seconds(kWork, rows, kLimits); }

TEST(LeastTimeTest, ReadingBoundsAFewRows) {
  EXPECT_DOUBLE_EQ(least({.before = 0, .count = 1, .asking = 1}), 0.100);
  EXPECT_DOUBLE_EQ(least({.before = 0, .count = 4, .asking = 4}), 0.100);
  EXPECT_DOUBLE_EQ(least({.before = 20, .count = 1, .asking = 1}), 0.120);
}

TEST(LeastTimeTest, MatricesAndAttentionTogetherBoundManyRows) {
  EXPECT_DOUBLE_EQ(least({.before = 0, .count = 16, .asking = 16}), 16 * 0.008 + 136 * 0.001);
  EXPECT_DOUBLE_EQ(least({.before = 100, .count = 20, .asking = 20}),
                   20 * 0.008 + (20 * 100 + 210) * 0.001);
}

TEST(LeastTimeTest, OfLimitIsTheShareOfTheLeastTime) {
  std::vector<BenchRow> rows(2);
  rows[0].computed = {.rows = {.before = 0, .count = 1, .asking = 1}, .seconds = 0.4};
  compare_with_limits(rows, kWork, kLimits);
  EXPECT_DOUBLE_EQ(rows[0].of_limit.value(), 0.25);
  EXPECT_FALSE(rows[1].of_limit);
}

}  // namespace
}  // namespace nextline::bench
