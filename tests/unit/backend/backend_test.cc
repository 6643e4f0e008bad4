#include "engine/backend/backend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

#include "engine/backend/divergence.h"
#include "engine/backend/reference/reference_backend.h"
#include "engine/model/rope.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/typed_backend.h"

namespace nextline {
namespace {

using cpu::InstructionSet;
using test::LogitRows;
using test::TestSequence;

void expect_same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0);
}
void expect_same_bits(const LogitRows& a, const LogitRows& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t row = 0; row < a.size(); ++row) {
    ASSERT_EQ(std::memcmp(a[row].data(), b[row].data(), a[row].size() * sizeof(float)), 0)
        << "row " << row;
  }
}

struct Case {
  const char* name;
  test::RandomModelOptions options;
  KvType kv_type = KvType::kFloat16;
};

std::vector<Case> cases() {
  std::vector<Case> all = {{"llama", test::every_type("llama")},
                           {"qwen2", test::every_type("qwen2")},
                           {"qwen3", test::every_type("qwen3")}};
  Case multi_head{"multi_head", test::every_type("llama")};
  multi_head.options.head_count_kv = 8;
  all.push_back(multi_head);
  Case partial_rotary{"partial_rotary_yarn", test::every_type("qwen2")};
  partial_rotary.options.rope_dimension_count = 16;
  partial_rotary.options.rope_scaling.kind = test::RandomRopeScaling::Kind::kYarn;
  all.push_back(partial_rotary);
  Case stretched{"llama3_scaling", test::every_type("llama")};
  stretched.options.rope_scaling.kind = test::RandomRopeScaling::Kind::kLlama3;
  all.push_back(stretched);
  Case wide{"wide_one_byte_inputs", test::every_type("qwen2")};  // The others take two bytes.
  wide.options.embedding_length = 768;
  all.push_back(wide);
  Case tied{"tied_f32", {}};
  all.push_back(tied);
  // Of the other types of keys and values, so many heads that they make several tiles.
  tied.options.head_count = 8;
  tied.options.head_dim = 48;
  all.push_back({"float32_keys", tied.options, KvType::kFloat32});
  all.push_back({"bfloat16_keys", tied.options, KvType::kBFloat16});
  return all;
}

class BackendTest : public ::testing::TestWithParam<Case> {
 protected:
  std::vector<TokenId> tokens(std::size_t count) {
    return test::random_tokens(random_, count, *model_);
  }

  /// A backend that stores keys and values in the type that is tested.
  template <typename... Options>
  std::unique_ptr<Backend> cpu_backend(Options... options) {
    return std::make_unique<test::TypedBackend>(test::cpu_backend(*model_, options...),
                                                GetParam().kv_type);
  }
  /// By how much of it a number moves at most where it is rounded to what is stored.
  double rounding() const {
    switch (GetParam().kv_type) {
      case KvType::kFloat32:
        return 0x1p-24;
      case KvType::kFloat16:
        return 0x1p-11;
      case KvType::kBFloat16:
        return 0x1p-8;
    }
    return 0;
  }

  /// One insertion or deletion of a few tokens somewhere; the length stays between 50 and 200.
  void edit_at_random(TestSequence& edited) {
    const std::uint32_t length = (*edited).length();
    const auto index = static_cast<std::uint32_t>(random_.below(length + 1));
    if (length < 60 || (length < 200 && random_.below(2) == 0)) {
      edited.insert(index, tokens(1 + random_.below(4)));
    } else {
      const auto most = std::min<std::uint64_t>(length - index, 8);
      (*edited).erase(index, static_cast<std::uint32_t>(random_.below(most + 1)));
    }
  }

  /// The logits of tokens behind the end, which are not kept.
  LogitRows continuation(TestSequence& sequence, std::span<const TokenId> text) {
    std::vector<PlannedToken> planned;
    for (const TokenId token : text) {
      planned.push_back({token, PlannedToken::Place::kInsert, (*sequence).length(), true});
    }
    return sequence.forward(*(*sequence).plan(planned));
  }

  /// Of two sequences' keys_and_values(): every second vector of a layer's is its value.
  void expect_same_values(const std::vector<float>& a, const std::vector<float>& b) {
    const std::size_t length = model_->hyperparameters().kv_length();
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t at = length; at < a.size(); at += 2 * length) {
      ASSERT_EQ(std::memcmp(a.data() + at, b.data() + at, length * sizeof(float)), 0);
    }
  }

  test::TestModel model_{GetParam().options};
  test::Random random_{21};
};

INSTANTIATE_TEST_SUITE_P(Models, BackendTest, ::testing::ValuesIn(cases()),
                         [](const auto& model) { return std::string(model.param.name); });

TEST_P(BackendTest, TheCpuAgreesWithTheReference) {
  const auto reference = reference::create_backend(*model_);
  const auto fast = cpu_backend();
  const auto text = tokens(300);  // More than one block of attention.
  TestSequence expected(*reference);
  TestSequence actual(*fast);
  // With inputs in two bytes hardly more is left than what rounding keys and values costs, and KL
  // goes with the square of that; one byte costs more on random weights, which average nothing out.
  const bool is_wide = model_->hyperparameters().embedding_length >= 768;
  const double kl = mean_kl(expected.append(text), actual.append(text));
  EXPECT_LT(kl, is_wide ? 2e-3 : 1e-5 * std::max(1.0, std::pow(rounding() / 0x1p-11, 2)));
  EXPECT_GT(kl, 0.0);  // They are two computations.
}

TEST_P(BackendTest, EveryInstructionSetNumberOfThreadsAndBatchComputesTheSameBits) {
  const auto text = tokens(40);
  constexpr std::uint32_t kRowsPerPass[] = {1, 40, 2, 7};
  const auto portable = cpu_backend(InstructionSet::kPortable);
  TestSequence expected(*portable);
  const LogitRows logits = expected.append(text);
  for (const InstructionSet instruction_set : cpu::supported_instruction_sets()) {
    for (std::uint32_t threads = 1; threads <= 4; ++threads) {
      const auto backend = cpu_backend(instruction_set, threads);
      TestSequence actual(*backend);
      expect_same_bits(logits, actual.append(text, kRowsPerPass[threads - 1]));
      expect_same_bits(expected.keys_and_values(), actual.keys_and_values());
    }
  }
}

TEST_P(BackendTest, ALimitOfThreadsChangesNoBits) {
  const auto text = tokens(40);
  const auto backend = cpu_backend(3);
  TestSequence expected(*backend);
  const LogitRows logits = expected.append(text);
  for (const std::uint32_t threads : {1U, 2U, 7U}) {
    TestSequence actual(*backend);
    {
      const ThreadLimit limit(*backend, threads);
      expect_same_bits(logits, actual.append(text, 16));
    }
    expect_same_bits(expected.keys_and_values(), actual.keys_and_values());
  }
}

TEST_P(BackendTest, ARowDoesNotDependOnItsBatch) {
  const auto backend = cpu_backend(2);
  const auto text = tokens(300);
  TestSequence whole(*backend);
  const LogitRows logits = whole.append(text);
  for (const std::uint32_t rows : {1U, 2U, 3U, 5U, 16U, 64U, 299U}) {
    TestSequence parts(*backend);
    expect_same_bits(logits, parts.append(text, rows));
    expect_same_bits(whole.keys_and_values(), parts.keys_and_values());
  }
}

TEST_P(BackendTest, BlocksSharedOutOverThreadsSumUpTheSame) {
  const auto text = tokens(700);
  const auto one = cpu_backend(1);
  const auto many = cpu_backend(12);  // More threads than key heads: blocks are shared.
  TestSequence expected(*one);
  TestSequence actual(*many);
  expected.append(std::span(text).first(699));
  actual.append(std::span(text).first(699));
  expect_same_bits(expected.append(std::span(text).last(1)),
                   actual.append(std::span(text).last(1)));
}

TEST_P(BackendTest, MovedKeysScoreAsIfComputedAtTheirNewPosition) {
  // Behind an insertion the contents of the keys are stale, so exactness needs a model in which
  // they cannot be: the first layer's keys depend on their own token only. Compared are those.
  const auto reference = reference::create_backend(*model_);
  const auto text = tokens(20);
  TestSequence edited(*reference);
  edited.append(text);
  edited.insert(4, tokens(3));
  (*edited).erase(0, 2);
  const auto& h = model_->hyperparameters();
  RopeTable rope(h.rope);
  rope.reserve(64);
  TestSequence fresh(*reference);
  fresh.append((*edited).tokens());

  std::vector<float> query(h.head_dimension, 0.5F);
  std::vector<float> key(h.kv_length());
  std::vector<float> value(h.kv_length());
  const auto score = [&](TestSequence& sequence, Slot slot, Position query_position) {
    sequence.storage().read(slot, 0, key, value);
    std::vector<float> turned = query;
    rope.rotate(turned, query_position);
    double sum = 0;
    for (std::uint32_t d = 0; d < h.head_dimension; ++d) sum += double{turned[d]} * key[d];
    return sum;
  };
  Position position = 0;
  for (const Piece& piece : (*edited).pieces()) {
    const nextline::Run run{position, piece.length, piece.first_slot, piece.first_anchor};
    for (std::uint32_t i = 0; i < piece.length; ++i, ++position) {
      EXPECT_NEAR(score(edited, piece.first_slot + i, run.query_position(30)),
                  score(fresh, (*fresh).pieces()[0].first_slot + position, 30), 1e-4);
    }
  }
}

TEST_P(BackendTest, AfterRandomEditsAFullRecomputeEqualsAFreshSequence) {
  const auto backend = cpu_backend(2);
  TestSequence edited(*backend);
  edited.append(tokens(80));
  for (int step = 0; step < 500; ++step) {
    edit_at_random(edited);
    const std::uint32_t length = (*edited).length();
    const auto index = static_cast<std::uint32_t>(random_.below(length));
    if (step % 10 == 0) (*edited).restore(index, (*edited).remove(index / 2, length - index));
    if (step % 50 == 10) (*edited).rerotate(edited.storage(), index, length - index);
    if (step % 100 == 50) (*edited).compact(edited.storage());
  }
  ASSERT_GT((*edited).pieces().size(), 10U);
  const std::vector<TokenId> text((*edited).tokens().begin(), (*edited).tokens().end());
  const LogitRows recomputed = edited.recompute_all(7);
  TestSequence fresh(*backend);
  expect_same_bits(fresh.append(text), recomputed);
  expect_same_bits(fresh.keys_and_values(), edited.keys_and_values());
}

TEST_P(BackendTest, CompactionChangesNoMoreThanARounding) {
  const auto reference = reference::create_backend(*model_);
  const auto fast = cpu_backend(2);
  for (Backend* backend : {reference.get(), fast.get()}) {
    TestSequence sequence(*backend);
    sequence.append(tokens(80));
    for (int step = 0; step < 60; ++step) edit_at_random(sequence);
    ASSERT_GT((*sequence).pieces().size(), 20U);
    const std::vector<TokenId> text((*sequence).tokens().begin(), (*sequence).tokens().end());
    const std::vector<float> keys_and_values = sequence.keys_and_values();
    const std::uint32_t free_count = sequence.pool().free_count();
    const auto next = tokens(6);
    const LogitRows before = continuation(sequence, next);

    (*sequence).compact(sequence.storage());

    ASSERT_EQ((*sequence).pieces().size(), 1U);
    EXPECT_EQ((*sequence).pieces()[0].first_anchor, 0U);
    EXPECT_TRUE(std::ranges::equal((*sequence).tokens(), text));
    EXPECT_EQ(sequence.pool().free_count(), free_count);
    expect_same_values(keys_and_values, sequence.keys_and_values());
    // Keys in float32 are turned almost exactly; a rounding to half precision of each key moves a
    // score by some 2⁻¹² of it, one to bfloat16 by eight times that, and KL goes with the square of
    // it. Inputs in one byte make steps of it, which random weights do not average out.
    const bool is_wide = model_->hyperparameters().embedding_length >= 768;
    const double halves = is_wide ? 1e-3 : 1e-6;
    const double bound = backend == reference.get()
                             ? 1e-10
                             : std::max(1e-8, halves * std::pow(rounding() / 0x1p-11, 2));
    const double kl = mean_kl(before, continuation(sequence, next));
    EXPECT_LT(kl, bound);
  }
}

TEST_P(BackendTest, RerotationThereAndBackChangesKeysByTwoRoundings) {
  const auto reference = reference::create_backend(*model_);
  const auto fast = cpu_backend(2);
  for (Backend* backend : {reference.get(), fast.get()}) {
    TestSequence sequence(*backend);
    sequence.append(tokens(40));
    const std::vector<float> before = sequence.keys_and_values();
    sequence.insert(0, tokens(7));
    (*sequence).rerotate(sequence.storage(), 0, 47);
    EXPECT_EQ((*sequence).pieces()[1].first_anchor, 7U);
    (*sequence).erase(0, 7);
    (*sequence).rerotate(sequence.storage(), 0, 40);
    EXPECT_EQ((*sequence).pieces()[0].first_anchor, 0U);
    const std::vector<float> after = sequence.keys_and_values();
    expect_same_values(before, after);
    // A rounding moves a vector by at most half a unit in the last place of its components, and
    // turning it keeps its length, but for what turning rounds in float32.
    const double roundings =
        2.02 * std::max(backend == reference.get() ? 0.0 : rounding(), 0x1p-22);
    const std::uint32_t length = model_->hyperparameters().head_dimension;
    for (std::size_t head = 0; head < before.size(); head += length) {
      double norm = 0;
      double change = 0;
      for (std::size_t i = head; i < head + length; ++i) {
        norm += double{before[i]} * before[i];
        change += (double{after[i]} - before[i]) * (double{after[i]} - before[i]);
      }
      ASSERT_LE(std::sqrt(change), roundings * std::sqrt(norm) + 1e-6);
    }
  }
}

TEST_P(BackendTest, MovesAreMadeAtOnceAndTheSameOnEveryInstructionSetAndNumberOfThreads) {
  const auto text = tokens(50);
  // All slots change places in one cycle; some keys are turned, either way, and others are not.
  std::vector<SlotMove> moves;
  for (Slot slot = 0; slot < 50; ++slot) {
    moves.push_back({slot, (slot + 37) % 50, static_cast<std::int32_t>(slot % 3) * 11 - 11});
  }
  std::vector<float> expected;
  for (const InstructionSet instruction_set : cpu::supported_instruction_sets()) {
    for (const std::uint32_t threads : {1U, 3U}) {
      const auto backend = cpu_backend(instruction_set, threads);
      TestSequence sequence(*backend);
      sequence.append(text);
      const std::vector<float> before = sequence.keys_and_values();
      sequence.storage().move(moves);
      const std::vector<float> after = sequence.keys_and_values();
      if (expected.empty()) expected = after;
      expect_same_bits(expected, after);
      const std::size_t floats = before.size() / text.size();  // Of one token.
      for (const SlotMove& move : moves) {
        const auto token = [&](const std::vector<float>& all, Slot slot) {
          return std::vector<float>(all.begin() + static_cast<std::ptrdiff_t>(slot * floats),
                                    all.begin() + static_cast<std::ptrdiff_t>((slot + 1) * floats));
        };
        expect_same_values(token(before, move.from), token(after, move.to));
        EXPECT_EQ(token(before, move.from) == token(after, move.to), move.shift == 0);
      }
    }
  }
}

TEST_P(BackendTest, RowsFarApartAreComputedInOnePassAsInMany) {
  const auto backend = cpu_backend(2);
  const auto text = tokens(90);
  TestSequence together(*backend);
  TestSequence apart(*backend);
  for (TestSequence* sequence : {&together, &apart}) {
    sequence->append(text);
    (*sequence)->erase(10, 5);
  }
  const std::vector<std::uint32_t> indices = {10, 11, 30, 31, 32, 84};
  const LogitRows logits = together.recompute(indices);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    expect_same_bits({logits[i]}, apart.recompute(std::span(indices).subspan(i, 1)));
  }
}

TEST_P(BackendTest, ADraftTreeIsVerifiedAsIfEachBranchWereWritten) {
  const auto backend = cpu_backend(2);
  const auto text = tokens(50);
  const auto words = tokens(4);
  TestSequence tree(*backend);
  tree.append(text);
  const std::vector<DraftToken> draft = {
      {words[0], {}}, {words[1], 0}, {words[2], 0}, {words[3], 2}};
  auto pass = (*tree).plan({}, draft);
  ASSERT_TRUE(pass.has_value());
  const LogitRows logits = tree.forward(*pass);

  TestSequence branch(*backend);
  branch.append(text);
  expect_same_bits({logits[0], logits[1]}, branch.append(std::vector{words[0], words[1]}));
  TestSequence other(*backend);
  other.append(text);
  expect_same_bits({logits[0], logits[2], logits[3]},
                   other.append(std::vector{words[0], words[2], words[3]}));

  (*tree).commit(std::move(*pass), std::vector<std::uint32_t>{0, 2, 3});
  const auto next = tokens(1);
  expect_same_bits(tree.append(next), other.append(next));
}

TEST_P(BackendTest, ACancelledPassLeavesNoTrace) {
  const auto backend = cpu_backend(2);
  const auto text = tokens(60);
  TestSequence cancelled(*backend, 256);
  TestSequence untouched(*backend, 256);
  for (TestSequence* sequence : {&cancelled, &untouched}) sequence->append(text);
  const std::vector<float> before = cancelled.keys_and_values();
  {
    std::vector<PlannedToken> planned;
    for (const TokenId token : tokens(100)) {
      planned.push_back({token, PlannedToken::Place::kInsert, 20, true});
    }
    auto pass = (*cancelled).plan(planned);
    ASSERT_TRUE(pass.has_value());
    std::stop_source stop;
    stop.request_stop();
    Logits logits;
    EXPECT_EQ(backend->forward(cancelled.storage(), pass->batch(), logits, stop.get_token()),
              PassOutcome::kCancelled);
  }
  EXPECT_EQ(cancelled.pool().free_count(), untouched.pool().free_count());
  expect_same_bits(before, cancelled.keys_and_values());
  const auto next = tokens(5);
  expect_same_bits(cancelled.append(next), untouched.append(next));
}

TEST_P(BackendTest, APassStopsBetweenLayersWhenAskedFromAnotherThread) {
  const auto backend = cpu_backend(2);
  TestSequence sequence(*backend, 4096);
  std::vector<PlannedToken> planned;
  for (const TokenId token : tokens(3000)) {
    planned.push_back({token, PlannedToken::Place::kInsert, 0, true});
  }
  auto pass = (*sequence).plan(planned);
  ASSERT_TRUE(pass.has_value());
  std::stop_source stop;
  Logits logits;
  std::jthread canceller([&] { stop.request_stop(); });
  EXPECT_EQ(backend->forward(sequence.storage(), pass->batch(), logits, stop.get_token()),
            PassOutcome::kCancelled);
}

TEST(CpuBackend, RefusesAnInstructionSetThatTheMachineLacks) {
  const auto supported = cpu::supported_instruction_sets();
  const test::TestModel model(test::RandomModelOptions{});
  for (const auto name : {"portable", "avx2", "avx512", "amx"}) {
    const auto instruction_set = *cpu::instruction_set_from_name(name);
    const bool is_supported = std::ranges::find(supported, instruction_set) != supported.end();
    const auto backend = cpu::create_backend(*model, {instruction_set, 1});
    EXPECT_EQ(backend.has_value(), is_supported);
    if (!backend) {
      EXPECT_EQ(backend.error().message,
                "This machine cannot execute the instruction set \"" + std::string(name) + "\".");
    }
  }
}

TEST(CpuBackend, RefusesHeadsThatFillNoLanes) {
  test::RandomModelOptions options;
  options.head_dim = 24;
  const test::TestModel model(options);
  const auto backend = cpu::create_backend(*model, {});
  ASSERT_FALSE(backend.has_value());
  EXPECT_NE(backend.error().message.find("not a multiple of 16"), std::string::npos);
}

}  // namespace
}  // namespace nextline
