#include "engine/backend/cuda/cuda_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

#include "engine/backend/divergence.h"
#include "engine/backend/log_softmax.h"
#include "engine/backend/reference/reference_backend.h"
#include "tests/unit/cuda/cuda_fixture.h"

namespace nextline {
namespace {

using test::cuda_backend;
using test::expect_same_bits;
using test::LogitRows;
using test::Products;
using test::TestSequence;

struct Case {
  const char* name;
  test::RandomModelOptions options;
  KvType kv_type = KvType::kFloat16;
  std::uint32_t text_length = 60;
};

/// Models and texts are small, because each thread of a kernel is a fibre on the emulated device.
std::vector<Case> cases() {
  std::vector<Case> all;
  for (const char* architecture : {"llama", "qwen2", "qwen3"}) {
    all.push_back({architecture, test::every_type(architecture)});
    all.back().options.feed_forward_length = 256;
  }
  // Gate and up of one type are computed together.
  all.back().options.matrix_types.insert_or_assign("blk.1.ffn_up.weight", gguf::TensorType::kQ8_0);
  // Those of floats see two blocks of attention, and have more rows than a tile of cuBLAS's.
  Case multi_head{"multi_head", {}};
  multi_head.text_length = 270;
  multi_head.options.head_count_kv = 4;
  all.push_back(multi_head);
  Case partial_rotary{"partial_rotary_yarn", {}};
  partial_rotary.text_length = 270;
  partial_rotary.options.architecture = "qwen2";
  partial_rotary.options.rope_dimension_count = 8;
  partial_rotary.options.rope_scaling.kind = test::RandomRopeScaling::Kind::kYarn;
  all.push_back(partial_rotary);
  // Heads of a chunk and a half of dimensions, and rows that do not fill their blocks of columns.
  Case uneven{"float32_keys", {}, KvType::kFloat32, 270};
  uneven.options.embedding_length = 72;
  uneven.options.feed_forward_length = 101;
  uneven.options.head_count = 6;
  uneven.options.head_dim = 48;
  all.push_back(uneven);
  uneven.name = "bfloat16_keys";
  uneven.kv_type = KvType::kBFloat16;
  uneven.options.matrix_type = gguf::TensorType::kBF16;
  all.push_back(uneven);
  return all;
}

class CudaBackendTest : public ::testing::TestWithParam<std::tuple<Case, Products>> {
 protected:
  std::vector<TokenId> tokens(std::size_t count) {
    return test::random_tokens(random_, count, *model_);
  }
  static Products products() { return std::get<1>(GetParam()); }
  static KvType kv_type() { return std::get<0>(GetParam()).kv_type; }
  std::unique_ptr<Backend> backend() const {
    return cuda_backend(*model_, test::few_rows_of(products()), kv_type());
  }
  /// By how much of it a number moves at most where it is rounded.
  static double rounding() {
    const double of_inputs = products() == Products::kCublas ? 0x1p-11 : 0x1p-24;
    switch (kv_type()) {
      case KvType::kFloat32:
        return of_inputs;
      case KvType::kFloat16:
        return 0x1p-11;
      case KvType::kBFloat16:
        return 0x1p-8;
    }
    return 0;
  }

  /// KL goes with the square of what rounding moves.
  static double most_kl() { return 1e-5 * std::max(1.0, std::pow(rounding() / 0x1p-11, 2)); }

  /// One insertion or deletion of a few tokens somewhere.
  void edit_at_random(TestSequence& edited, test::Random& random) {
    const std::uint32_t length = (*edited).length();
    const auto index = static_cast<std::uint32_t>(random.below(length + 1));
    if (random.below(2) == 0) {
      edited.insert(index, test::random_tokens(random, 1 + random.below(4), *model_));
    } else {
      const auto most = std::min<std::uint64_t>(length - index, 6);
      (*edited).erase(index, static_cast<std::uint32_t>(random.below(most + 1)));
    }
  }

  test::TestModel model_{std::get<0>(GetParam()).options};
  test::Random random_{21};
};

INSTANTIATE_TEST_SUITE_P(Models, CudaBackendTest,
                         ::testing::Combine(::testing::ValuesIn(cases()),
                                            ::testing::Values(Products::kOwnKernels,
                                                              Products::kCublas)),
                         [](const auto& param) {
                           return std::string(std::get<0>(param.param).name) +
                                  (std::get<1>(param.param) == Products::kCublas ? "_cublas"
                                                                                 : "_own");
                         });

TEST_P(CudaBackendTest, AgreesWithTheReference) {
  const auto reference = reference::create_backend(*model_);
  const auto cuda = backend();
  const auto text = tokens(std::get<0>(GetParam()).text_length);
  TestSequence expected(*reference);
  TestSequence actual(*cuda);
  const double kl = mean_kl(expected.append(text), actual.append(text));
  EXPECT_LT(kl, most_kl());
  EXPECT_GT(kl, 0.0);  // They are two computations.
}

TEST_P(CudaBackendTest, ARowDoesNotDependOnItsBatch) {
  const auto cuda = backend();
  const auto text = tokens(std::get<0>(GetParam()).text_length);
  TestSequence whole(*cuda);
  const LogitRows logits = whole.append(text);
  TestSequence parts(*cuda);
  std::size_t done = 0;
  // Each number of rows that kernels are made for, and others.
  for (const std::size_t rows : {text.size() - 40, std::size_t{1}, std::size_t{2}, std::size_t{3},
                                 std::size_t{7}, std::size_t{11}, std::size_t{16}}) {
    const LogitRows part = parts.append(std::span(text).subspan(done, rows));
    expect_same_bits(LogitRows(logits.begin() + static_cast<std::ptrdiff_t>(done),
                               logits.begin() + static_cast<std::ptrdiff_t>(done + rows)),
                     part);
    done += rows;
  }
  ASSERT_EQ(done, text.size());
  expect_same_bits(whole.keys_and_values(), parts.keys_and_values());
}

TEST_P(CudaBackendTest, AfterRandomEditsAFullRecomputeEqualsAFreshSequence) {
  const auto cuda = backend();
  TestSequence edited(*cuda);
  edited.append(tokens(60));
  for (int step = 0; step < 16; ++step) {
    edit_at_random(edited, random_);
    const std::uint32_t length = (*edited).length();
    const auto index = static_cast<std::uint32_t>(random_.below(length));
    if (step % 5 == 0) (*edited).restore(index, (*edited).remove(index / 2, length - index));
    if (step == 3) (*edited).compact(edited.storage());
    if (step == 7) (*edited).rerotate(edited.storage(), index, length - index);
  }
  ASSERT_GT((*edited).pieces().size(), 2U);
  const std::vector<TokenId> text((*edited).tokens().begin(), (*edited).tokens().end());
  const LogitRows recomputed = edited.recompute_all(19);
  TestSequence fresh(*cuda);
  expect_same_bits(fresh.append(text), recomputed);
  expect_same_bits(fresh.keys_and_values(), edited.keys_and_values());
}

TEST_P(CudaBackendTest, ReadsWhatRandomEditsLeaveAsTheReferenceDoes) {
  const auto reference = reference::create_backend(*model_);
  const auto cuda = backend();
  TestSequence expected(*reference);
  TestSequence actual(*cuda);
  const auto text = tokens(50);
  const auto next = tokens(6);
  const std::uint64_t seed = random_.next();
  for (TestSequence* sequence : {&expected, &actual}) {
    random_ = test::Random(seed);
    sequence->append(text);
    for (int step = 0; step < 16; ++step) edit_at_random(*sequence, random_);
  }
  ASSERT_TRUE(std::ranges::equal((*expected).tokens(), (*actual).tokens()));
  ASSERT_GT((*actual).pieces().size(), 4U);
  EXPECT_LT(mean_kl(expected.append(next), actual.append(next)), most_kl());
}

TEST_P(CudaBackendTest, RowsFarApartAreComputedInOnePassAsInMany) {
  const auto cuda = backend();
  const auto text = tokens(40);
  TestSequence together(*cuda);
  TestSequence apart(*cuda);
  for (TestSequence* sequence : {&together, &apart}) {
    sequence->append(text);
    (**sequence).erase(10, 5);
  }
  const std::vector<std::uint32_t> indices = {10, 11, 20, 21, 22, 34};
  const LogitRows logits = together.recompute(indices);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    expect_same_bits({logits[i]}, apart.recompute(std::span(indices).subspan(i, 1)));
  }
}

TEST_P(CudaBackendTest, ADraftTreeIsVerifiedAsIfEachBranchWereWritten) {
  const auto cuda = backend();
  const auto text = tokens(20);
  const auto words = tokens(4);
  TestSequence tree(*cuda);
  tree.append(text);
  const std::vector<DraftToken> draft = {
      {words[0], {}}, {words[1], 0}, {words[2], 0}, {words[3], 2}};
  auto pass = (*tree).plan({}, draft);
  ASSERT_TRUE(pass.has_value());
  const LogitRows logits = tree.forward(*pass);

  TestSequence branch(*cuda);
  branch.append(text);
  expect_same_bits({logits[0], logits[1]}, branch.append(std::vector{words[0], words[1]}));
  TestSequence other(*cuda);
  other.append(text);
  expect_same_bits({logits[0], logits[2], logits[3]},
                   other.append(std::vector{words[0], words[2], words[3]}));

  (*tree).commit(std::move(*pass), std::vector<std::uint32_t>{0, 2, 3});
  const auto next = tokens(1);
  expect_same_bits(tree.append(next), other.append(next));
}

TEST_P(CudaBackendTest, ACancelledPassLeavesNoTrace) {
  const auto cuda = backend();
  const auto text = tokens(20);
  TestSequence cancelled(*cuda, 256);
  TestSequence untouched(*cuda, 256);
  for (TestSequence* sequence : {&cancelled, &untouched}) sequence->append(text);
  const std::vector<float> before = cancelled.keys_and_values();
  {
    std::vector<PlannedToken> planned;
    for (const TokenId token : tokens(30)) {
      planned.push_back({token, PlannedToken::Place::kInsert, 20, true});
    }
    auto pass = (*cancelled).plan(planned);
    ASSERT_TRUE(pass.has_value());
    std::stop_source stop;
    stop.request_stop();
    Logits logits;
    EXPECT_EQ(cuda->forward(cancelled.storage(), pass->batch(), logits, stop.get_token()),
              PassOutcome::kCancelled);
  }
  EXPECT_EQ(cancelled.pool().free_count(), untouched.pool().free_count());
  expect_same_bits(before, cancelled.keys_and_values());
  const auto next = tokens(2);
  expect_same_bits(cancelled.append(next), untouched.append(next));
}

TEST_P(CudaBackendTest, RowsThatAskForNothingLeaveTheSameKeysAndValues) {
  const auto cuda = backend();
  const auto text = tokens(20);
  TestSequence asking(*cuda);
  TestSequence silent(*cuda);
  asking.append(text);
  std::vector<PlannedToken> planned;
  for (const TokenId token : text) {
    planned.push_back({token, PlannedToken::Place::kInsert, 0, false});
  }
  EXPECT_TRUE(silent.run(planned).empty());
  expect_same_bits(asking.keys_and_values(), silent.keys_and_values());
}

TEST(CudaBackend, NextTokensAreWhatTheHostChoosesFromThePassLogits) {
  const test::TestModel model(test::every_type("qwen2"));
  const auto backend = cuda_backend(*model, 16);
  test::Random random{7};
  TestSequence sequence(*backend);
  sequence.append(test::random_tokens(random, 20, *model));
  // So many rows that their logits are computed in two parts.
  std::vector<PlannedToken> planned;
  for (const TokenId token : test::random_tokens(random, 50, *model)) {
    planned.push_back({token, PlannedToken::Place::kInsert, 20, planned.size() % 8 != 0});
  }
  const auto pass = (*sequence).plan(planned);
  ASSERT_TRUE(pass.has_value());
  const LogitRows logits = sequence.forward(*pass);
  ASSERT_EQ(logits.size(), 43U);
  for (const Sampling& sampling : {Sampling{}, Sampling{1.0F, 1.0F, 3}, Sampling{0.7F, 0.9F, 3}}) {
    std::vector<ChosenToken> chosen;
    ASSERT_EQ(backend->next_tokens(sequence.storage(), pass->batch(), sampling, chosen, {}),
              PassOutcome::kFinished);
    ASSERT_EQ(chosen.size(), logits.size());
    std::size_t next = 0;
    for (const BatchRow& row : pass->batch().rows) {
      if (!row.wants_logits) continue;
      const std::vector<float>& asked = logits[next];
      const auto [token, log_probability] = chosen[next++];
      ASSERT_EQ(token, choose(asked, sampling, row.position + 1));
      EXPECT_EQ(log_probability, LogSoftmax(asked).of(asked[static_cast<std::size_t>(token)]));
    }
  }
}

TEST(CudaBackend, RowsThatAskForNothingGetNoToken) {
  const test::TestModel model(test::every_type("qwen2"));
  const auto backend = cuda_backend(*model, 16);
  TestSequence sequence(*backend);
  const PlannedToken silent{5, PlannedToken::Place::kInsert, 0, false};
  const auto pass = (*sequence).plan(std::span(&silent, 1));
  ASSERT_TRUE(pass.has_value());
  std::vector<ChosenToken> chosen(3);
  EXPECT_EQ(backend->next_tokens(sequence.storage(), pass->batch(), {}, chosen, {}),
            PassOutcome::kFinished);
  EXPECT_TRUE(chosen.empty());
}

TEST(CudaBackend, OwnKernelsAndCublasAgree) {
  const test::TestModel model(test::every_type("qwen3"));
  test::Random random{8};
  const auto text = test::random_tokens(random, 40, *model);
  const auto own = cuda_backend(*model, test::few_rows_of(Products::kOwnKernels));
  const auto cublas = cuda_backend(*model, test::few_rows_of(Products::kCublas));
  const auto mixed = cuda_backend(*model, 16);
  TestSequence by_own(*own);
  TestSequence by_cublas(*cublas);
  TestSequence by_both(*mixed);
  const LogitRows logits = by_own.append(text);
  EXPECT_LT(mean_kl(logits, by_cublas.append(text)), 1e-5);
  EXPECT_LT(mean_kl(logits, by_both.append(text, 20)), 1e-5);
  // Which one a pass goes through follows from how many rows it has.
  TestSequence again(*mixed);
  TestSequence single(*own);
  expect_same_bits(again.append(text, 16), single.append(text, 3));
}

TEST(CudaBackend, WideRowsAreSharedOutAmongWarps) {
  test::RandomModelOptions options;
  options.layers = 1;
  options.embedding_length = 1100;     // Two warps to a row.
  options.feed_forward_length = 4200;  // Eight.
  options.tied_embeddings = true;
  const test::TestModel model(options);
  test::Random random{12};
  const auto text = test::random_tokens(random, 4, *model);
  const auto reference = reference::create_backend(*model);
  const auto cuda = cuda_backend(*model, 16);
  TestSequence expected(*reference);
  TestSequence together(*cuda);
  TestSequence apart(*cuda);
  const LogitRows logits = together.append(text);
  EXPECT_LT(mean_kl(expected.append(text), logits), 1e-5);
  expect_same_bits(logits, apart.append(text, 1));
}

TEST(CudaBackend, BlocksThatFollowEachOtherSumUpAsThoseThatAreMerged) {
  test::RandomModelOptions options;
  options.layers = 1;
  options.head_count = 16;  // So many heads that one pass has a thread block for each processor.
  options.head_count_kv = 16;
  const test::TestModel model(options);
  test::Random random{9};
  const auto text = test::random_tokens(random, 290, *model);
  const auto cuda = cuda_backend(*model, test::few_rows_of(Products::kOwnKernels));
  TestSequence whole(*cuda);
  TestSequence parts(*cuda);
  const LogitRows logits = whole.append(text);
  expect_same_bits(logits, parts.append(text, 32));
}

TEST(CudaBackend, LeavesThatReadTheirCommonBlocksTogetherAreComputedAsAlone) {
  test::RandomModelOptions options;
  options.layers = 1;
  const test::TestModel model(options);
  test::Random random{13};
  const auto text = test::random_tokens(random, 270, *model);
  const auto words = test::random_tokens(random, 5, *model);
  const auto cuda = cuda_backend(*model, test::few_rows_of(Products::kOwnKernels));
  TestSequence tree(*cuda);
  tree.append(text);
  (*tree).erase(40, 2);  // What they have in common is in several runs.
  const std::vector<DraftToken> draft = {
      {words[0], {}}, {words[1], {}}, {words[2], 0}, {words[3], 1}, {words[4], 1}};
  auto pass = (*tree).plan({}, draft);
  ASSERT_TRUE(pass.has_value());
  const LogitRows logits = tree.forward(*pass);
  // By the index of the draft's rows.
  const std::vector<std::vector<std::uint32_t>> branches = {{0, 2}, {1, 3}, {1, 4}};
  for (const std::vector<std::uint32_t>& branch : branches) {
    std::vector<DraftToken> alone;
    for (std::uint32_t i = 0; i < branch.size(); ++i) {
      alone.push_back({words[branch[i]], i == 0 ? std::nullopt : std::optional(i - 1)});
    }
    auto chain = (*tree).plan({}, alone);
    ASSERT_TRUE(chain.has_value());
    expect_same_bits({logits[branch[0]], logits[branch[1]]}, tree.forward(*chain));
  }
}

TEST(CudaBackend, HeadsThatTheKernelsHaveNoRoomForAreRefused) {
  for (const std::uint32_t head_dim : {24U, 272U}) {
    test::RandomModelOptions options;
    options.layers = 1;
    options.head_dim = head_dim;
    const test::TestModel model(options);
    const auto backend = cuda::create_backend(*model);
    ASSERT_FALSE(backend.has_value()) << head_dim;
    EXPECT_NE(backend.error().message.find("heads"), std::string::npos);
  }
}

// Heads of as many dimensions as models of real sizes have, and many of them to a key head.
TEST(CudaBackend, LongHeadsAndManyOfThemAgreeWithTheReference) {
  for (const auto& [head_dim, head_count] : {std::pair{128U, 4U}, {256U, 2U}, {16U, 40U}}) {
    SCOPED_TRACE(head_dim);
    test::RandomModelOptions options;
    options.layers = 1;
    options.head_count = head_count;
    options.head_count_kv = 1;
    options.head_dim = head_dim;
    const test::TestModel model(options);
    test::Random random{14};
    const auto text = test::random_tokens(random, 40, *model);
    const auto reference = reference::create_backend(*model);
    const auto cuda = cuda_backend(*model, 16);
    TestSequence expected(*reference);
    TestSequence actual(*cuda);
    EXPECT_LT(mean_kl(expected.append(text), actual.append(text, 16)), 1e-5);
  }
}

}  // namespace
}  // namespace nextline
