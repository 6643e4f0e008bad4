#include "engine/speculate/pass_cost.h"

#include <gtest/gtest.h>

namespace nextline {
namespace {

TEST(PassCost, IsAssumedBeforeItIsMeasured) {
  const PassCost cost;
  EXPECT_DOUBLE_EQ(cost.of(1), 1);
  EXPECT_DOUBLE_EQ(cost.of(7), 1.5);
}

TEST(PassCost, LiesBetweenWhatWasMeasured) {
  PassCost cost;
  for (int i = 0; i < 200; ++i) {
    cost.learn(1, 10);
    cost.learn(5, 14);
    cost.learn(9, 30);
  }
  EXPECT_NEAR(cost.of(3), 1.2, 0.001);
  EXPECT_NEAR(cost.of(5), 1.4, 0.001);
  EXPECT_NEAR(cost.of(7), 2.2, 0.001);
  EXPECT_GT(cost.of(20), 3);
}

TEST(PassCost, OfOneRowFollowsFromMore) {
  PassCost cost;
  cost.learn(7, 12);
  EXPECT_NEAR(cost.of(7), 1.5, 1e-12);
}

TEST(PassCost, NeverFallsWithMoreRows) {
  PassCost cost;
  cost.learn(2, 30);  // By chance.
  cost.learn(4, 10);
  cost.learn(16, 20);
  for (std::uint32_t rows = 2; rows <= PassCost::kMostRows; ++rows) {
    EXPECT_GE(cost.of(rows), cost.of(rows - 1)) << rows;
  }
}

TEST(PassCost, FollowsAMachineThatBecomesSlower) {
  PassCost cost;
  for (int i = 0; i < 100; ++i) {
    cost.learn(1, 10);
    cost.learn(4, 12);
  }
  for (int i = 0; i < 100; ++i) cost.learn(4, 40);
  EXPECT_NEAR(cost.of(4), 4, 0.1);
}

TEST(PassCost, IgnoresWhatHasNoPlace) {
  PassCost cost;
  cost.learn(0, 5);
  cost.learn(PassCost::kMostRows + 1, 5);
  EXPECT_DOUBLE_EQ(cost.of(7), 1.5);
}

TEST(PassCost, OnePassThatWasHeldUpSaysLittle) {
  PassCost cost;
  for (int i = 0; i < 20; ++i) cost.learn(1, 10);
  cost.learn(7, 1000);
  EXPECT_LT(cost.of(7), 1.8);
  cost.learn(1, 1000);
  EXPECT_GT(cost.of(7), 1.4);
}

}  // namespace
}  // namespace nextline
