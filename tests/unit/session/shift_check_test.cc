#include "engine/session/shift_check.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/backend/reference/reference_backend.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/unshifting_backend.h"

namespace nextline {
namespace {

using Scaling = test::RandomRopeScaling;

/// Models that differ in how positions become angles.
std::vector<test::RandomModelOptions> models() {
  std::vector<test::RandomModelOptions> all;
  for (const char* architecture : {"llama", "qwen2", "qwen3"}) {
    all.push_back(test::every_type(architecture));
  }
  for (const Scaling::Kind kind :
       {Scaling::Kind::kLinear, Scaling::Kind::kLlama3, Scaling::Kind::kYarn}) {
    all.push_back({.rope_scaling = {.kind = kind}});
  }
  all.push_back({.rope_dimension_count = 8});
  return all;
}

TEST(ShiftCheck, ModelsWhosePositionsAreRotationsPass) {
  for (const test::RandomModelOptions& options : models()) {
    const test::TestModel model(options);
    for (const auto& backend : {test::cpu_backend(*model, 2), reference::create_backend(*model)}) {
      const auto check = check_shift(*backend);
      ASSERT_TRUE(check) << check.error().message;
      EXPECT_TRUE(check->passes()) << check->divergence;
      EXPECT_GT(check->largest_difference, 0.0);  // They are two computations.
    }
  }
}

TEST(ShiftCheck, ABackendThatIgnoresAnchorsFails) {
  for (const test::RandomModelOptions& options : models()) {
    const test::TestModel model(options);
    const auto backend = test::cpu_backend(*model);
    test::UnshiftingBackend faulty(*backend);
    const auto check = check_shift(faulty);
    ASSERT_TRUE(check) << check.error().message;
    EXPECT_FALSE(check->passes()) << check->divergence;
  }
}

TEST(ShiftCheck, StopsWhenAsked) {
  const test::TestModel model(test::every_type("llama"));
  const auto backend = test::cpu_backend(*model);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(check_shift(*backend, stop.get_token()));
}

TEST(ShiftCheck, WhatIsNoNumberFails) {
  ShiftCheck check;
  check.divergence = std::nan("");
  EXPECT_FALSE(check.passes());
}

}  // namespace
}  // namespace nextline
