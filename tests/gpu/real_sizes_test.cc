// What tests on small models cannot show of a real device: that its matrix units and its cuBLAS
// keep rows apart at the sizes of published models, too, and that these are computed right.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/backend/divergence.h"
#include "engine/backend/log_softmax.h"
#include "engine/backend/reference/reference_backend.h"
#include "tests/gpu/model_shapes.h"
#include "tests/unit/cuda/cuda_fixture.h"

namespace nextline::test {
namespace {

/// Two layers of a published model, and a small vocabulary: the reference has to compute it, too.
RandomModelOptions two_layers_of(std::string_view name) {
  ModelShape shape = *std::ranges::find(model_shapes(), name, &ModelShape::name);
  shape.layers = 2;
  shape.vocabulary_size = 2048;
  return random_model_of(shape);
}

struct Case {
  const char* name;
  const char* model;
  std::uint32_t few_rows;
};

class RealSizesTest : public ::testing::TestWithParam<Case> {
 protected:
  std::unique_ptr<Backend> backend() const { return cuda_backend(*model_, GetParam().few_rows); }
  std::vector<TokenId> tokens(std::size_t count) { return random_tokens(random_, count, *model_); }

  TestModel model_{two_layers_of(GetParam().model)};
  Random random_{3};
};

constexpr std::uint32_t kNeverOwn = 0;
constexpr std::uint32_t kAlwaysOwn = std::numeric_limits<std::uint32_t>::max();

INSTANTIATE_TEST_SUITE_P(
    Shapes, RealSizesTest,
    ::testing::Values(Case{"qwen_half_own", "qwen2.5-coder-0.5b", kAlwaysOwn},
                      Case{"qwen_half_cublas", "qwen2.5-coder-0.5b", kNeverOwn},
                      Case{"deepseek_1_own", "deepseek-coder-1.3b", kAlwaysOwn},
                      Case{"deepseek_1_cublas", "deepseek-coder-1.3b", kNeverOwn},
                      Case{"qwen_7_own", "qwen2.5-coder-7b", kAlwaysOwn},
                      Case{"qwen_7_cublas", "qwen2.5-coder-7b", kNeverOwn}),
    [](const auto& shape) { return std::string(shape.param.name); });

TEST_P(RealSizesTest, AgreesWithTheReference) {
  const auto reference = reference::create_backend(*model_);
  const auto cuda = backend();
  const auto text = tokens(20);
  TestSequence expected(*reference);
  TestSequence actual(*cuda);
  const double kl = mean_kl(expected.append(text), actual.append(text));
  // Activations of cuBLAS's inputs are halves, whose rounding adds up with the width: on an H200 it
  // comes to 1.04e-5 where 3,584 columns are summed.
  EXPECT_LT(kl, 2e-5);
  EXPECT_GT(kl, 0.0);
}

TEST_P(RealSizesTest, ARowDoesNotDependOnItsBatch) {
  const auto cuda = backend();
  const auto text = tokens(900);
  TestSequence expected(*cuda);
  const LogitRows logits = expected.append(text);
  for (const std::uint32_t rows_per_pass : {1U, 3U, 16U, 100U, 128U, 500U}) {
    SCOPED_TRACE(rows_per_pass);
    TestSequence actual(*cuda);
    const auto part = std::span(text).first(rows_per_pass == 1 ? 40 : text.size());
    const LogitRows found = actual.append(part, rows_per_pass);
    expect_same_bits(
        LogitRows(logits.begin(), logits.begin() + static_cast<std::ptrdiff_t>(part.size())),
        found);
  }
}

TEST_P(RealSizesTest, AfterEditsAFullRecomputeEqualsAFreshSequence) {
  const auto cuda = backend();
  TestSequence edited(*cuda, 4096);
  edited.append(tokens(2000));
  for (int edit = 0; edit < 20; ++edit) {
    const auto index = static_cast<std::uint32_t>(random_.below((*edited).length()));
    edited.insert(index, tokens(1 + random_.below(12)));
    (*edited).erase(static_cast<std::uint32_t>(random_.below((*edited).length() - 10)), 7);
  }
  const LogitRows recomputed = edited.recompute_all(700);
  TestSequence fresh(*cuda, 4096);
  const std::vector<TokenId> text((*edited).tokens().begin(), (*edited).tokens().end());
  expect_same_bits(fresh.append(text, 333), recomputed);
  expect_same_bits(fresh.keys_and_values(), edited.keys_and_values());
}

TEST_P(RealSizesTest, DrawsWhatTheHostDrawsFromTheSameLogits) {
  const auto cuda = backend();
  TestSequence sequence(*cuda);
  std::vector<PlannedToken> planned;
  for (const TokenId token : tokens(40)) {
    planned.push_back({token, PlannedToken::Place::kInsert, 0, true});
  }
  const auto pass = (*sequence).plan(planned);
  ASSERT_TRUE(pass.has_value());
  const LogitRows logits = sequence.forward(*pass);
  for (const Sampling& sampling : {Sampling{}, Sampling{1.0F, 1.0F, 3}, Sampling{0.5F, 0.9F, 4}}) {
    std::vector<ChosenToken> chosen;
    ASSERT_EQ(cuda->next_tokens(sequence.storage(), pass->batch(), sampling, chosen, {}),
              PassOutcome::kFinished);
    ASSERT_EQ(chosen.size(), logits.size());
    for (Position position = 1; position <= chosen.size(); ++position) {
      const std::vector<float>& row = logits[position - 1];
      const auto [token, log_probability] = chosen[position - 1];
      EXPECT_EQ(token, choose(row, sampling, position));
      EXPECT_EQ(log_probability, LogSoftmax(row).of(row[static_cast<std::size_t>(token)]));
    }
  }
}

}  // namespace
}  // namespace nextline::test
