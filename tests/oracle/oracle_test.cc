// The float32 reference against an independent implementation, and the fast kernels against the
// reference, on real models and real code. The expected values are llama.cpp's on the same weights
// in float32; make_expected.py wrote them.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/backend/cpu/cpu_backend.h"
#include "engine/backend/divergence.h"
#include "engine/backend/reference/reference_backend.h"
#include "engine/model/model.h"
#include "tests/oracle/every_logit.h"
#include "tests/oracle/expected_distributions.h"
#include "tests/oracle/first_choice.h"
#include "tests/support/cached_model.h"

namespace nextline::oracle {
namespace {

const std::filesystem::path kDirectory = NEXTLINE_ORACLE_DIRECTORY;

/// A model and what its backends say about the sources: computed when a test first asks, and kept,
/// because the reference takes its time.
class ModelUnderTest {
 public:
  static Result<ModelUnderTest*> named(const std::string& name) {
    static std::map<std::string, std::unique_ptr<ModelUnderTest>> models;
    std::unique_ptr<ModelUnderTest>& entry = models[name];
    if (!entry) {
      auto model = test::load_cached_model(name);
      if (!model) return tl::unexpected(model.error());
      entry.reset(new ModelUnderTest(std::move(*model)));
    }
    return entry.get();
  }

  const Model& model() const { return *model_; }

  const Logits& reference(const std::string& source, std::span<const TokenId> tokens) {
    if (!reference_) reference_ = reference::create_backend(*model_);
    return evaluated(reference_logits_[source], *reference_, tokens);
  }

  /// By the kernels that this machine runs fastest.
  const Logits& fast(const std::string& source, std::span<const TokenId> tokens) {
    if (!fast_) fast_ = cpu::create_backend(*model_).value();
    return evaluated(fast_logits_[source], *fast_, tokens);
  }

 private:
  explicit ModelUnderTest(std::unique_ptr<const Model> model) : model_(std::move(model)) {}

  static const Logits& evaluated(Logits& kept, Backend& backend, std::span<const TokenId> tokens) {
    if (kept.row_count() == 0) kept = every_logit(backend, tokens).value();
    return kept;
  }

  std::unique_ptr<const Model> model_;
  std::unique_ptr<Backend> reference_;
  std::unique_ptr<Backend> fast_;
  std::map<std::string, Logits> reference_logits_;  // By source.
  std::map<std::string, Logits> fast_logits_;
};

struct Case {
  std::string model;
  std::string source;
};

void PrintTo(const Case& value, std::ostream* out) { *out << value.model << ", " << value.source; }

class Oracle : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const auto model_under_test = ModelUnderTest::named(GetParam().model);
    ASSERT_TRUE(model_under_test) << model_under_test.error().message;
    model_ = *model_under_test;
    auto expected = read_expected(kDirectory / "expected" /
                                  (GetParam().model + "." + GetParam().source + ".bin"));
    ASSERT_TRUE(expected) << expected.error().message;
    expected_ = std::move(*expected);
    ASSERT_EQ(expected_.vocabulary_size, model().hyperparameters().vocabulary_size);
  }

  const Model& model() const { return model_->model(); }
  const std::vector<TokenId>& tokens() const { return expected_.tokens; }
  const Logits& reference() { return model_->reference(GetParam().source, tokens()); }
  const Logits& fast() { return model_->fast(GetParam().source, tokens()); }

  std::string source_text() const {
    std::ifstream file(kDirectory / "sources" / GetParam().source, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  ModelUnderTest* model_ = nullptr;
  ExpectedDistributions expected_;
};

TEST_P(Oracle, TokeniserGivesTheExpectedTokens) {
  std::vector<TokenId> ours = model().tokenizer().encode(source_text());
  ours.insert(ours.begin(), model().sink());
  EXPECT_GE(ours.size(), 300U);
  EXPECT_EQ(ours, tokens());
}

TEST_P(Oracle, ReferenceAgreesWithTheIndependentImplementation) {
  double total = 0.0;
  double worst = 0.0;
  for (std::size_t i = 0; i < tokens().size(); ++i) {
    const ExpectedDistribution& expected = expected_.distributions[i];
    const double divergence = kl_divergence(expected, reference().row(i));
    total += divergence;
    worst = std::max(worst, divergence);
    // Behind a hundredth of a nat, the order of two tokens is no accident of rounding.
    if (expected.margin() > 0.01) {
      EXPECT_EQ(first_choice(reference().row(i)).token, expected.tokens[0]) << "behind token " << i;
    }
  }
  const double mean = total / static_cast<double>(tokens().size());
  std::cout << "reference to expected: mean KL " << mean << ", worst " << worst << "\n";
  EXPECT_LT(mean, 1e-5);
}

TEST_P(Oracle, FastKernelsAgreeWithTheReference) {
  double total = 0.0;
  double worst = 0.0;
  double widest_miss = 0.0;
  std::size_t same = 0;
  for (std::size_t i = 0; i < tokens().size(); ++i) {
    const double divergence = nextline::kl_divergence(reference().row(i), fast().row(i));
    total += divergence;
    worst = std::max(worst, divergence);
    const FirstChoice wanted = first_choice(reference().row(i));
    if (first_choice(fast().row(i)).token == wanted.token) {
      ++same;
    } else {
      widest_miss = std::max(widest_miss, wanted.margin);
    }
  }
  const auto count = static_cast<double>(tokens().size());
  std::cout << "fast kernels to reference: mean KL " << total / count << ", worst " << worst
            << "; same first choice " << same << " of " << tokens().size()
            << ", widest margin missed " << widest_miss << "\n";
  EXPECT_LT(total / count, 0.003);
  EXPECT_GE(static_cast<double>(same), 0.98 * count);
  EXPECT_LE(widest_miss, 0.5);
}

/// What one source shows as well as three.
class OracleOnOneSource : public Oracle {};

TEST_P(OracleOnOneSource, InstructionSetsGiveTheSameBits) {
  // A row does not depend on what follows, so a few rows can be compared with the whole file's.
  const auto few = std::span(tokens()).first(32);
  for (const cpu::InstructionSet instruction_set : cpu::supported_instruction_sets()) {
    const auto backend = cpu::create_backend(model(), {instruction_set, 0});
    ASSERT_TRUE(backend) << backend.error().message;
    const auto logits = every_logit(**backend, few);
    ASSERT_TRUE(logits) << logits.error().message;
    for (std::size_t i = 0; i < few.size(); ++i) {
      const auto ours = logits->row(i);
      ASSERT_EQ(std::memcmp(ours.data(), fast().row(i).data(), ours.size_bytes()), 0)
          << cpu::name_of(instruction_set) << " differs behind token " << i;
    }
  }
}

std::vector<Case> all_sources(const std::string& model) {
  return {{model, "interval_set.py"}, {model, "TokenBucket.java"}, {model, "topological_order.cc"}};
}

std::string language(const testing::TestParamInfo<Case>& info) {
  const std::string extension = std::filesystem::path(info.param.source).extension();
  return extension == ".py" ? "Python" : extension == ".java" ? "Java" : "Cpp";
}

const std::string kSmolLm2 = "smollm2-135m-instruct-q4_1";
const std::string kQwen = "qwen2.5-coder-0.5b-instruct-q4_k_m";

INSTANTIATE_TEST_SUITE_P(SmolLM2, Oracle, testing::ValuesIn(all_sources(kSmolLm2)), language);
INSTANTIATE_TEST_SUITE_P(SmolLM2, OracleOnOneSource, testing::Values(all_sources(kSmolLm2)[0]),
                         language);
INSTANTIATE_TEST_SUITE_P(Qwen, Oracle, testing::ValuesIn(all_sources(kQwen)), language);
INSTANTIATE_TEST_SUITE_P(Qwen, OracleOnOneSource, testing::Values(all_sources(kQwen)[0]), language);

}  // namespace
}  // namespace nextline::oracle
