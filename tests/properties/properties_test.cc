// The exactness that everything rests on, on real models and real code. The same properties are
// tested on small random models in tests/unit/backend.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stop_token>
#include <thread>

#include "engine/session/session.h"
#include "engine/session/shift_check.h"
#include "tests/support/cached_model.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/unshifting_backend.h"
#include "tests/unit/session/edited_text.h"

namespace nextline {
namespace {

using test::LogitRows;
using test::TestSequence;

void expect_same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  ASSERT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0);
}

/// `part` is what stands in `whole` from row `first` on.
void expect_rows(const LogitRows& whole, std::size_t first, const LogitRows& part) {
  for (std::size_t row = 0; row < part.size(); ++row)
    expect_same_bits(whole[first + row], part[row]);
}

class Properties : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto model = test::load_cached_model(GetParam());
    ASSERT_TRUE(model.has_value()) << model.error().message;
    model_ = std::move(*model);
    std::ifstream file(NEXTLINE_SOURCE_FILE, std::ios::binary);
    text_.assign(std::istreambuf_iterator<char>(file), {});
    tokens_ = model_->tokenizer().encode(text_);
    ASSERT_GE(tokens_.size(), 300U);
    tokens_.resize(300);
    tokens_.front() = model_->sink();
  }

  std::unique_ptr<const Model> model_;
  std::string text_;
  std::vector<TokenId> tokens_;
};

INSTANTIATE_TEST_SUITE_P(Models, Properties,
                         ::testing::Values("smollm2-135m-instruct-q4_1",
                                           "qwen2.5-coder-0.5b-instruct-q4_k_m"),
                         [](const auto& model) {
                           return std::string(model.param).starts_with("smol") ? "SmolLM2" : "Qwen";
                         });

TEST_P(Properties, ARowIsTheSameInEveryBatchOnEveryNumberOfThreadsAndInstructionSet) {
  const auto fastest = test::cpu_backend(*model_, 2);
  TestSequence together(*fastest);
  const LogitRows expected = together.append(tokens_);
  for (const auto instruction_set : cpu::supported_instruction_sets()) {
    // Kernels in plain C++ take seconds for what the others do in a tenth of one.
    const bool is_slow = instruction_set == cpu::InstructionSet::kPortable;
    const std::size_t count = is_slow ? 40 : tokens_.size();
    for (std::uint32_t threads = 1; threads <= 4; ++threads) {
      const auto backend = test::cpu_backend(*model_, instruction_set, threads);
      for (const std::uint32_t rows : {300U, 64U, 7U, 2U, 1U}) {
        if (is_slow && rows != 7) continue;
        TestSequence sequence(*backend);
        expect_rows(expected, 0, sequence.append(std::span(tokens_).first(count), rows));
      }
    }
  }
}

TEST_P(Properties, AfterRandomEditsAFullRecomputeEqualsAFreshSequence) {
  const auto backend = test::cpu_backend(*model_, 2);
  test::Random random(17);
  TestSequence edited(*backend);
  edited.append(tokens_);
  for (int step = 0; step < 300; ++step) {
    const std::uint32_t length = (*edited).length();
    const auto index = static_cast<std::uint32_t>(1 + random.below(length));  // Behind the sink.
    if (random.below(2) == 0) {
      const std::size_t from = random.below(tokens_.size() - 8);
      edited.insert(index, std::span(tokens_).subspan(from, 1 + random.below(8)));
    } else {
      const auto most = std::min<std::uint64_t>(length - index, 8);
      (*edited).erase(index, static_cast<std::uint32_t>(random.below(most + 1)));
    }
    if (step == 150) (*edited).compact(edited.storage());
  }
  ASSERT_GT((*edited).pieces().size(), 50U);
  const std::vector<TokenId> text((*edited).tokens().begin(), (*edited).tokens().end());
  const LogitRows recomputed = edited.recompute_all(31);
  TestSequence fresh(*backend);
  expect_rows(fresh.append(text), 0, recomputed);
  expect_same_bits(fresh.keys_and_values(), edited.keys_and_values());
}

TEST_P(Properties, TheCacheSurvivesAShiftAndAFaultIsSeen) {
  const auto backend = test::cpu_backend(*model_, 2);
  const auto check = check_shift(*backend);
  ASSERT_TRUE(check) << check.error().message;
  EXPECT_LT(check->divergence, kShiftTolerance / 20);
  test::UnshiftingBackend faulty(*backend);
  const auto fault = check_shift(faulty);
  ASSERT_TRUE(fault) << fault.error().message;
  EXPECT_GT(fault->divergence, kShiftTolerance * 20);
}

TEST_P(Properties, AfterRandomEditsAnInterruptedRefreshMakesASessionAFreshOne) {
  const auto backend = test::cpu_backend(*model_, 2);
  const bool fills = fill_markers(model_->tokenizer()).has_value();
  for (const Layout layout :
       {Layout::kPlain, Layout::kPrefixSuffixMiddle, Layout::kSuffixPrefixMiddle, Layout::kBlend}) {
    if (layout != Layout::kPlain && !fills) continue;
    SCOPED_TRACE(name_of(layout));
    const Session::Options options{.context_length = 1536, .prefill_rows = 64, .layout = layout};
    test::EditedText edited(static_cast<std::uint64_t>(layout), 1500, text_.substr(0, 1200));
    auto kept = Session::create(*backend, options);
    ASSERT_TRUE(kept) << kept.error().message;
    kept->open(edited.text(), {});
    test::Random random(18);
    Gap gap;
    for (int step = 0; step < 300; ++step) {
      const test::EditedText::Step next = edited.random_step();
      gap = next.gap;
      kept->update(edited.text(), next.replacements.list(), gap);
      const std::size_t kind = random.below(24);
      if (kind < 6) {
        ASSERT_TRUE(kept->encode_some(16));
      } else if (kind < 9) {
        ASSERT_TRUE(kept->encode(64));
      } else if (kind == 9) {
        ASSERT_TRUE(kept->complete({.max_tokens = 3}));
      } else if (kind < 13) {
        ASSERT_TRUE(kept->refresh_some(32));
      }
    }
    // Through a snapshot, on one thread or two, and stopped by another now and then, wherever it
    // is.
    const Snapshot snapshot = kept->snapshot();
    auto reopened = Session::create(*backend, options);
    ASSERT_TRUE(reopened) << reopened.error().message;
    reopened->open(edited.text(), gap, snapshot);
    while (!reopened->is_exact()) {
      const ThreadLimit limit(*backend, 1 + static_cast<std::uint32_t>(random.below(2)));
      std::stop_source stop;
      const std::jthread other([&stop, wait = random.below(60)] {
        std::this_thread::sleep_for(std::chrono::milliseconds(wait));
        stop.request_stop();
      });
      ASSERT_TRUE(reopened->refresh_some(32, stop.get_token()));
    }
    auto fresh = Session::create(*backend, options);
    ASSERT_TRUE(fresh) << fresh.error().message;
    fresh->open(edited.text(), gap);
    ASSERT_TRUE(fresh->recompute());
    ASSERT_TRUE(std::ranges::equal(reopened->prompt().tokens(), fresh->prompt().tokens()));
    ASSERT_TRUE(std::ranges::equal(reopened->prompt_logits(), fresh->prompt_logits()));
    expect_same_bits(test::keys_and_values_of(fresh->sequence(), fresh->storage(), *model_),
                     test::keys_and_values_of(reopened->sequence(), reopened->storage(), *model_));
  }
}

}  // namespace
}  // namespace nextline
