#include "server/replay/random.h"

#include <gtest/gtest.h>

#include <array>

namespace nextline::replay {
namespace {

TEST(Random, DrawsThePublishedNumbers) {
  // Of the published C implementation, from 1234567.
  Random random(1234567);
  for (const std::uint64_t number :
       {6457827717110365317U, 3203168211198807973U, 9817491932198370423U, 4593380528125082431U,
        16408922859458223821U}) {
    EXPECT_EQ(random.next(), number);
  }
}

TEST(Random, DrawsEachNumberBelowABoundAsOften) {
  Random random(1);
  std::array<int, 5> counts{};
  for (int i = 0; i < 50'000; ++i) ++counts.at(random.below(5));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 400);  // More than four deviations.
  EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, DrawsBelowBoundsThatLeaveMuchOver) {
  // Of three quarters of all numbers, one in three lies in the lower quarter; remainders alone
  // would put one in two there.
  constexpr std::uint64_t kQuarter = std::uint64_t{1} << 62U;
  Random random(2);
  int low = 0;
  for (int i = 0; i < 10'000; ++i) low += random.below(3 * kQuarter) < kQuarter;
  EXPECT_NEAR(low, 3'333, 200);
}

}  // namespace
}  // namespace nextline::replay
