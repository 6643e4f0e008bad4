// What a kernel computes must not depend on which of its threads comes first, nor what a pass
// computes on when the device gets to it.

#include <gtest/gtest.h>

#include <tuple>

#include "tests/cuda_device/cuda_device.h"
#include "tests/unit/cuda/cuda_fixture.h"

namespace nextline {
namespace {

using cuda_device::Progress;
using cuda_device::ThreadOrder;
using test::LogitRows;
using test::Products;
using test::TestSequence;

/// What a device computed of a text that was edited: logits of its tokens, keys and values, and
/// what it draws behind them, and how likely that was.
struct Computed {
  LogitRows logits;
  std::vector<float> keys_and_values;
  std::vector<ChosenToken> drawn;
};

struct Case {
  const char* architecture;
  std::size_t length;
};

class ThreadOrderTest : public ::testing::TestWithParam<std::tuple<Case, Products>> {
 protected:
  ~ThreadOrderTest() override { cuda_device::set({}); }

  Computed compute_on(const cuda_device::Settings& settings) {
    cuda_device::set(settings);
    test::Random random{5};
    const auto backend = test::cuda_backend(*model_, test::few_rows_of(std::get<1>(GetParam())));
    TestSequence sequence(*backend);
    Computed computed{
        sequence.append(test::random_tokens(random, std::get<0>(GetParam()).length, *model_)),
        {},
        {}};
    (*sequence).erase(30, 3);
    const auto add = [&](LogitRows rows) {
      computed.logits.insert(computed.logits.end(), rows.begin(), rows.end());
    };
    add(sequence.insert(20, test::random_tokens(random, 5, *model_)));
    (*sequence).rerotate(sequence.storage(), 10, 25);
    (*sequence).compact(sequence.storage());
    add(sequence.append(test::random_tokens(random, 2, *model_), 1));
    computed.keys_and_values = sequence.keys_and_values();
    const std::vector<DraftToken> draft = {{7, {}}, {8, 0}, {9, 0}};
    const auto pass = (*sequence).plan({}, draft);
    EXPECT_TRUE(pass.has_value());
    backend->next_tokens(sequence.storage(), pass->batch(), {1.0F, 0.9F, 3}, computed.drawn, {});
    return computed;
  }

  test::TestModel model_{test::every_type(std::get<0>(GetParam()).architecture)};
};

INSTANTIATE_TEST_SUITE_P(Models, ThreadOrderTest,
                         ::testing::Combine(  // One of them with more than one block of attention.
                             ::testing::Values(Case{"llama", 260}, Case{"qwen2", 40},
                                               Case{"qwen3", 40}),
                             ::testing::Values(Products::kOwnKernels, Products::kCublas)),
                         [](const auto& param) {
                           return std::string(std::get<0>(param.param).architecture) +
                                  (std::get<1>(param.param) == Products::kCublas ? "_cublas"
                                                                                 : "_own");
                         });

TEST_P(ThreadOrderTest, ResultsAreTheSameInEveryOrder) {
  const Computed ascending = compute_on({});
  ASSERT_EQ(ascending.drawn.size(), 3U);
  for (const cuda_device::Settings& other :
       {cuda_device::Settings{.thread_order = ThreadOrder::kDescending},
        cuda_device::Settings{.thread_order = ThreadOrder::kRandom, .seed = 3},
        cuda_device::Settings{.progress = Progress::kEarly}}) {
    const Computed computed = compute_on(other);
    test::expect_same_bits(ascending.logits, computed.logits);
    test::expect_same_bits(ascending.keys_and_values, computed.keys_and_values);
    EXPECT_EQ(ascending.drawn, computed.drawn);
  }
}

}  // namespace
}  // namespace nextline
