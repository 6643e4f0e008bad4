// How likely the tokens of a completion were.

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "engine/backend/divergence.h"
#include "tests/support/never_ends.h"
#include "tests/unit/session/edited_session.h"

namespace nextline::test {
namespace {

class SessionLikelihood : public EditedSessionTest {
 protected:
  static inline const CompletionOptions kTwelveTokens{.max_tokens = 12, .stop = &test::never_ends};

  /// Between the two halves of a word, so that some of it is healed.
  static std::size_t place() { return kProgram.find("urn base"); }

  Session opened(Layout layout) {
    Session made = session({layout});
    open(made, kProgram, place());
    return made;
  }
  static Completion complete(Session& session, const CompletionOptions& options) {
    auto completion = session.complete(options);
    EXPECT_TRUE(completion);
    return std::move(*completion);
  }
};

TEST_F(SessionLikelihood, IsThatOfTheSoftmaxWhateverTheSampling) {
  // The exact softmax of what the session itself says before each token; in a blend, of the blend.
  for (const Layout layout : {Layout::kPlain, Layout::kSuffixPrefixMiddle, Layout::kBlend}) {
    for (const Sampling& sampling : {Sampling{}, Sampling{0.7F, 0.9F, 5}}) {
      CompletionOptions options = kTwelveTokens;
      options.sampling = sampling;
      Session made = opened(layout);
      ASSERT_FALSE(made.text().healed().empty());
      const Completion completion = complete(made, options);
      ASSERT_EQ(completion.likelihoods.size(), completion.token_ids.size());
      const auto scores = made.score(completion.token_ids);
      ASSERT_TRUE(scores);
      for (std::size_t i = 0; i < completion.token_ids.size(); ++i) {
        const std::vector<float>& logits = (*scores)[i];
        const double expected =
            logits[static_cast<std::size_t>(completion.token_ids[i])] - log_sum_exp(logits);
        EXPECT_NEAR(completion.likelihoods[i].log_probability, expected, 1e-4) << i;
      }
    }
  }
}

TEST_F(SessionLikelihood, WhatIsAllowedIsLessThanAllOnlyWhereSomethingMustBeSpelled) {
  Session made = opened(Layout::kSuffixPrefixMiddle);
  const Completion completion = complete(made, kTwelveTokens);
  std::string spelled;
  for (std::size_t i = 0; i < completion.token_ids.size(); ++i) {
    const TokenLikelihood& likelihood = completion.likelihoods[i];
    if (spelled.size() < made.text().healed().size()) {
      EXPECT_LT(likelihood.log_allowed, 0.0F);
      EXPECT_LE(likelihood.log_probability, likelihood.log_allowed);
    } else {
      EXPECT_EQ(likelihood.log_allowed, 0.0F);
    }
    spelled += model_->tokenizer().bytes_of(completion.token_ids[i]);
  }
}

TEST_F(SessionLikelihood, TellsWhereTheTextOfEachTokenEnds) {
  /// Ends before the last three bytes of the first five.
  class CutsThreeOfFive final : public StopCondition {
   public:
    std::optional<std::size_t> end_of(std::string_view text) override {
      return text.size() < 5 ? std::nullopt : std::optional<std::size_t>(2);
    }
  } cuts;
  CompletionOptions options = kTwelveTokens;
  options.stop = &cuts;
  Session made = opened(Layout::kPlain);
  const Completion completion = complete(made, options);
  EXPECT_EQ(completion.text.size(), 2U);
  ASSERT_FALSE(completion.likelihoods.empty());
  EXPECT_GE(completion.likelihoods.back().text_size, 5U);
  std::size_t before = 0;
  for (const TokenLikelihood& likelihood : completion.likelihoods) {
    EXPECT_GE(likelihood.text_size, before);
    before = likelihood.text_size;
  }
}

TEST_F(SessionLikelihood, TheNumberOfThreadsChangesNoBit) {
  const auto with = [this](std::uint32_t threads) {
    const auto backend = session_backend(*model_, threads);
    Session made = std::move(*Session::create(*backend, {.reserved_tokens = 16}));
    open(made, kProgram, place());
    return complete(made, kTwelveTokens).likelihoods;
  };
  EXPECT_EQ(with(1), with(3));
}

}  // namespace
}  // namespace nextline::test
