#include "engine/backend/cpu/thread_choice.h"

#include <gtest/gtest.h>

namespace nextline::cpu {
namespace {

using Counts = std::vector<std::uint32_t>;

TEST(ThreadChoice, PowersOfTwoAllCoresAndAllThreadsOfThemAreCandidates) {
  EXPECT_EQ(thread_candidates({1, 1}), (Counts{1}));
  EXPECT_EQ(thread_candidates({2, 1}), (Counts{1, 2}));
  EXPECT_EQ(thread_candidates({2, 2}), (Counts{1, 2}));
  EXPECT_EQ(thread_candidates({12, 6}), (Counts{1, 2, 4, 6, 12}));
  EXPECT_EQ(thread_candidates({16, 8}), (Counts{1, 2, 4, 8, 16}));
  EXPECT_EQ(thread_candidates({3, 3}), (Counts{1, 2, 3}));
}

TEST(ThreadChoice, TheFastestIsChosen) {
  const std::vector<ThreadCost> scales = {{1, 0.020, 0.200}, {2, 0.011, 0.100}, {4, 0.009, 0.050}};
  EXPECT_EQ(best_thread_count(scales), 4U);
  const std::vector<ThreadCost> crowded = {{1, 0.020, 0.200}, {2, 0.011, 0.100}, {4, 0.030, 0.090}};
  EXPECT_EQ(best_thread_count(crowded), 2U);
  const std::vector<ThreadCost> one = {{1, 0.020, 0.200}};
  EXPECT_EQ(best_thread_count(one), 1U);
}

TEST(ThreadChoice, TokensAndPassesBothCount) {
  // Memory is read as fast with two threads as with four; four compute twice as much.
  const std::vector<ThreadCost> computes = {{2, 0.010, 0.100}, {4, 0.010, 0.050}};
  EXPECT_EQ(best_thread_count(computes), 4U);
  // What eight gain in passes, they lose in tokens.
  const std::vector<ThreadCost> reads = {{4, 0.010, 0.050}, {8, 0.016, 0.040}};
  EXPECT_EQ(best_thread_count(reads), 4U);
}

TEST(ThreadChoice, FewerThreadsAreChosenWhereMoreHardlyHelp) {
  const std::vector<ThreadCost> flat = {{1, 0.020, 0.200}, {2, 0.0102, 0.100}, {4, 0.010, 0.100}};
  EXPECT_EQ(best_thread_count(flat), 2U);
  const std::vector<ThreadCost> not_flat = {{2, 0.0110, 0.110}, {4, 0.010, 0.100}};
  EXPECT_EQ(best_thread_count(not_flat), 4U);
}

TEST(ThreadChoice, MoreThreadsAreTriedUntilTheyAreClearlySlower) {
  EXPECT_TRUE(may_gain_from_more({}));
  std::vector<ThreadCost> measured = {{1, 0.020, 0.200}};
  EXPECT_TRUE(may_gain_from_more(measured));
  measured.push_back({2, 0.021, 0.205});  // Noise, perhaps.
  EXPECT_TRUE(may_gain_from_more(measured));
  measured.push_back({4, 0.040, 0.300});
  EXPECT_FALSE(may_gain_from_more(measured));
}

TEST(ThreadChoice, AMeasurementThatOthersDisturbedDecidesNothing) {
  constexpr AvailableCores kCores{4, 2};
  std::vector<ThreadCost> measured = {{1, 0.020, 0.200, 0.98}, {2, 0.030, 0.300, 0.95}};
  EXPECT_EQ(choose_threads(measured, kCores).threads, 1U);
  EXPECT_EQ(choose_threads(measured, kCores).reason, ThreadReason::kMeasured);
  measured[1].processor_share = 0.6;
  const ThreadChoice choice = choose_threads(measured, kCores);
  EXPECT_EQ(choice.threads, 2U);
  EXPECT_EQ(choice.reason, ThreadReason::kDisturbed);
  EXPECT_EQ(choice.measured.size(), 2U);
}

}  // namespace
}  // namespace nextline::cpu
