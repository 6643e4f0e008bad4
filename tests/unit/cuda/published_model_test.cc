// A model that people use, on the emulated device: a few tokens of it.

#include <gtest/gtest.h>

#include <span>

#include "engine/backend/divergence.h"
#include "tests/support/cached_model.h"
#include "tests/unit/cuda/cuda_fixture.h"

namespace nextline {
namespace {

using test::LogitRows;
using test::Products;
using test::TestSequence;

constexpr const char* kText = "def area(width, height):\n    return width * height\n";

class PublishedModelTest : public ::testing::TestWithParam<Products> {};
INSTANTIATE_TEST_SUITE_P(Products, PublishedModelTest,
                         ::testing::Values(Products::kOwnKernels, Products::kCublas),
                         [](const auto& param) {
                           return param.param == Products::kCublas ? "cublas" : "own";
                         });

TEST_P(PublishedModelTest, SaysWhatTheProcessorSays) {
  const auto model = test::load_cached_model("smollm2-135m-instruct-q4_1");
  ASSERT_TRUE(model.has_value()) << model.error().message;
  const auto tokens = (*model)->tokenizer().encode(kText);
  const auto cpu = test::cpu_backend(**model, 2);
  const auto cuda = test::cuda_backend(**model, test::few_rows_of(GetParam()));
  TestSequence expected(*cpu);
  TestSequence actual(*cuda);

  const LogitRows by_cpu = expected.append(tokens);
  const LogitRows by_cuda = actual.append(tokens);

  // What rounding activations to a byte costs the processor on this model (tests/oracle).
  EXPECT_LT(mean_kl(by_cpu, by_cuda), 2e-3);
  // A decoded token reads the same cache.
  const std::vector<TokenId> next = {tokens.back()};
  EXPECT_LT(mean_kl(expected.append(next), actual.append(next)), 2e-3);
}

}  // namespace
}  // namespace nextline
