#include "server/replay/draw.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace nextline::replay {
namespace {

using ::testing::UnorderedElementsAre;

TEST(Draw, EachNameHasASeedOfItsOwn) {
  EXPECT_EQ(seed_for(1, "a"), seed_for(1, "a"));
  EXPECT_NE(seed_for(1, "a"), seed_for(1, "b"));
  EXPECT_NE(seed_for(1, "a"), seed_for(2, "a"));
}

TEST(Draw, AShuffleKeepsTheValuesAndMakesEachOrderAlike) {
  Random random(1);
  std::map<std::vector<int>, int> orders;
  for (int i = 0; i < 6000; ++i) {
    std::vector<int> values = {1, 2, 3};
    shuffle(values, random);
    EXPECT_THAT(values, UnorderedElementsAre(1, 2, 3));
    ++orders[values];
  }
  ASSERT_EQ(orders.size(), 6u);
  for (const auto& [order, times] : orders) EXPECT_NEAR(times, 1000, 200);
}

TEST(Draw, EachValueIsPicked) {
  Random random(1);
  const std::vector<int> values = {0, 1, 2};
  std::vector<int> times(3);
  for (int i = 0; i < 300; ++i) ++times[static_cast<std::size_t>(pick(values, random))];
  for (const int time : times) EXPECT_GT(time, 50);
}

}  // namespace
}  // namespace nextline::replay
