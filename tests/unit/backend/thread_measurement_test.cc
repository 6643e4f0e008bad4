#include "engine/backend/cpu/thread_measurement.h"

#include <gtest/gtest.h>

#include "engine/backend/cpu/cpu_backend.h"
#include "engine/backend/cpu/thread_pool.h"
#include "tests/support/engine_fixture.h"

namespace nextline::cpu {
namespace {

ThreadChoice choice_with(const AvailableCores& cores) {
  const test::TestModel model(test::every_type("qwen2"));
  ThreadPool threads(cores.logical);
  const Weights weights = pack_weights(*model, threads);
  return measure_threads(weights, kernels_of(InstructionSet::kPortable), InputPrecision::kTwoBytes,
                         cores, threads);
}

TEST(ThreadMeasurement, WhatWasMeasuredIsWhatTheChoiceFollowsFrom) {
  constexpr AvailableCores kCores{3, 2};
  const ThreadChoice choice = choice_with(kCores);
  ASSERT_GE(choice.measured.size(), 2U);
  EXPECT_EQ(choice.measured[0].threads, 1U);
  EXPECT_EQ(choice.measured[1].threads, 2U);
  for (const ThreadCost& cost : choice.measured) {
    EXPECT_GT(cost.token_seconds, 0);
    EXPECT_GT(cost.pass_seconds, 0);
    EXPECT_GT(cost.processor_share, 0);
  }
  const ThreadChoice expected = choose_threads(choice.measured, kCores);
  EXPECT_EQ(choice.threads, expected.threads);
  EXPECT_EQ(choice.reason, expected.reason);
}

TEST(ThreadMeasurement, WithOneCoreThereIsNothingToMeasure) {
  const ThreadChoice choice = choice_with({1, 1});
  EXPECT_EQ(choice.threads, 1U);
  EXPECT_EQ(choice.reason, ThreadReason::kOnlyCore);
  EXPECT_TRUE(choice.measured.empty());
}

TEST(ThreadMeasurement, ABackendTellsItsChoice) {
  const test::TestModel model({});
  ThreadChoice choice;
  Options options;
  options.choice = &choice;
  const auto backend = create_backend(*model, options);
  EXPECT_NE((*backend)->description().find(", " + std::to_string(choice.threads) + " thread"),
            std::string::npos);

  options.threads = 3;
  ASSERT_TRUE(create_backend(*model, options));
  EXPECT_EQ(choice.threads, 3U);
  EXPECT_EQ(choice.reason, ThreadReason::kAskedFor);
  EXPECT_TRUE(choice.measured.empty());
}

}  // namespace
}  // namespace nextline::cpu
