// A session that blends what the model says behind the text before the cursor and what it says
// between both texts.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/session/blend.h"
#include "engine/session/continuation.h"
#include "engine/tokenizer/streaming_detokenizer.h"
#include "tests/support/forwarding_backend.h"
#include "tests/support/never_ends.h"
#include "tests/unit/session/edited_session.h"

namespace nextline::test {
namespace {

/// Counts the passes and rows that it computes.
class CountingBackend final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  PassOutcome forward(KvStorage& storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    ++passes;
    rows += batch.rows.size();
    return ForwardingBackend::forward(storage, batch, logits, stop);
  }
  std::size_t passes = 0;
  std::size_t rows = 0;
};

class SessionBlend : public EditedSessionTest {
 protected:
  static inline const CompletionOptions kTwelveTokens{.max_tokens = 12, .stop = &test::never_ends};

  Session opened(const Case& c, const std::string& text, std::size_t cursor) {
    Session made = session(c);
    open(made, text, cursor);
    return made;
  }
  static std::string complete(Session& session) {
    auto completion = session.complete(kTwelveTokens);
    EXPECT_TRUE(completion);
    return completion->text;
  }
  /// What stands behind the prompt.
  static std::vector<TokenId> generated(const Session& session) {
    const auto tokens = session.sequence().tokens().subspan(session.prompt().held());
    return {tokens.begin(), tokens.end()};
  }
  /// The logits behind the prompt and `tokens`.
  static std::vector<float> logits_behind(Session& session, std::vector<TokenId> tokens) {
    tokens.push_back(0);
    auto scores = session.score(tokens);
    EXPECT_TRUE(scores);
    return scores->back();
  }

  const std::vector<std::size_t> places_ = {0, 3, kProgram.find("urn base"),
                                            kProgram.find("    return base"), kProgram.size()};
};

TEST_F(SessionBlend, TheTextIsThatOfTwoSessionsWhoseProbabilitiesAreMultiplied) {
  const auto log_probabilities = [](const std::vector<float>& logits) {
    double sum = 0;
    for (const float logit : logits) sum += std::exp(double{logit});
    std::vector<double> all;
    for (const float logit : logits) all.push_back(logit - std::log(sum));
    return all;
  };
  const Tokenizer& tokenizer = model_->tokenizer();
  for (const float weight : {0.5F, 0.3F}) {
    for (const std::size_t place : places_) {
      Session plain = opened({Layout::kPlain}, kProgram, place);
      Session middle = opened({Layout::kPrefixSuffixMiddle}, kProgram, place);
      Continuation continuation(tokenizer, plain.text().healed());
      StreamingDetokenizer detokenizer(tokenizer);
      std::vector<TokenId> tokens;
      std::string text;
      while (tokens.size() < kTwelveTokens.max_tokens) {
        const auto p = log_probabilities(logits_behind(middle, tokens));
        const auto q = log_probabilities(logits_behind(plain, tokens));
        std::vector<float> mean;
        for (std::size_t i = 0; i < p.size(); ++i) {
          mean.push_back(static_cast<float>(weight * p[i] + (1 - double{weight}) * q[i]));
        }
        const TokenId token = continuation.most_likely(mean);
        if (tokenizer.ends_generation(token)) {
          text += detokenizer.finish();
          break;
        }
        text += detokenizer.push(continuation.advance(token));
        tokens.push_back(token);
      }
      Session blended = opened({.layout = Layout::kBlend, .blend_weight = weight}, kProgram, place);
      const auto completion = blended.complete(kTwelveTokens);
      ASSERT_TRUE(completion);
      EXPECT_EQ(completion->text, text) << place;
      // Behind the last token nothing is asked for.
      tokens.resize(std::min<std::size_t>(tokens.size(), kTwelveTokens.max_tokens - 1));
      EXPECT_EQ(generated(blended), tokens) << place;
      EXPECT_TRUE(std::ranges::equal(blended.sequence().side_tokens(), tokens));
    }
  }
}

TEST_F(SessionBlend, AWeightOfOneOrNothingIsOneOfTheTwo) {
  for (const std::size_t place : places_) {
    for (const auto& [weight, layout] :
         {std::pair{1.0F, Layout::kPrefixSuffixMiddle}, std::pair{0.0F, Layout::kPlain}}) {
      Session blended = opened({.layout = Layout::kBlend, .blend_weight = weight}, kProgram, place);
      Session other = opened({layout}, kProgram, place);
      EXPECT_EQ(complete(blended), complete(other)) << place;
      EXPECT_EQ(generated(blended), generated(other));
      EXPECT_TRUE(std::ranges::equal(blended.prompt_logits(), other.prompt_logits()));
    }
  }
}

TEST_F(SessionBlend, AScoreIsTheBlendOfBothViews) {
  const std::vector<TokenId> line = model_->tokenizer().encode("    return depth * base");
  const std::size_t place = kProgram.find("    return base");
  Session plain = opened({Layout::kPlain}, kProgram, place);
  Session middle = opened({Layout::kPrefixSuffixMiddle}, kProgram, place);
  Session blended = opened({.layout = Layout::kBlend, .blend_weight = 0.7F}, kProgram, place);
  auto expected = middle.score(line);
  const auto others = plain.score(line);
  const auto scores = blended.score(line);
  ASSERT_TRUE(expected && others && scores);
  for (std::size_t i = 0; i < line.size(); ++i) blend((*expected)[i], (*others)[i], 0.7F);
  EXPECT_EQ(*scores, *expected);
}

TEST_F(SessionBlend, ATokenTakesARowInEachViewAndNoFurtherPass) {
  CountingBackend backend(*backend_);
  auto blended = Session::create(backend, {.layout = Layout::kBlend});
  ASSERT_TRUE(blended);
  open(*blended, kProgram, 40);
  encode(*blended);
  EXPECT_EQ(backend.rows, blended->prompt().size()) << "the views share the prompt";
  const std::size_t passes = backend.passes;
  const auto completion = blended->complete(kTwelveTokens);
  ASSERT_TRUE(completion);
  const std::uint32_t steps = completion->tokens.generated - 1;
  ASSERT_GT(steps, 0U);
  EXPECT_EQ(backend.rows, blended->prompt().size() + 2 * steps);
  EXPECT_EQ(backend.passes, passes + steps);
  EXPECT_EQ(blended->slots_in_use(), blended->prompt().size() + 2 * steps);
  blended->update(kProgram, {}, blended->gap());
  EXPECT_EQ(blended->slots_in_use(), blended->prompt().size()) << "slots come back";
}

TEST_F(SessionBlend, TheNumberOfRowsPerPassChangesNothing) {
  Session at_once = opened({Layout::kBlend}, kProgram, 60);
  encode(at_once);
  for (const std::uint32_t rows : {1U, 7U, 32U}) {
    Session in_parts = opened({Layout::kBlend}, kProgram, 60);
    ASSERT_TRUE(in_parts.encode(rows));
    EXPECT_EQ(cache_of(in_parts, *model_), cache_of(at_once, *model_)) << rows;
  }
}

TEST_F(SessionBlend, AChangeBehindTheCursorComputesNothingOfThePlainView) {
  std::string text = kProgram;
  Case c = kMarkersOnly;
  c.layout = Layout::kBlend;
  Session edited = opened(c, text, text.find("    return base"));
  encoded(edited);
  const std::string line = "import re\n";
  const std::size_t own = model_->tokenizer().encode(line).size();
  const std::size_t below = text.find("def main");
  text.insert(below, line);
  const Replacement insertion{below, below, below, below + line.size()};
  edited.update(text, std::span(&insertion, 1), edited.gap());
  EXPECT_LE(encoded(edited), own + 1) << "and the marker behind it";
  // Above the cursor, two markers and the last token of the text before.
  change_elsewhere(edited, text, text.find("import sys"), 0, line);
  EXPECT_LE(encoded(edited), own + 5);
  while (!edited.is_exact()) ASSERT_TRUE(edited.refresh_some(32));
  Session fresh = opened(c, text, edited.gap().before);
  encode(fresh);
  EXPECT_EQ(cache_of(edited, *model_), cache_of(fresh, *model_));
}

TEST_F(SessionBlend, WhatComesLaterIntoTheTextBeforeIsSeenByThePlainView) {
  std::string text = numbered("line #\n", 200);
  Session edited = session({.layout = Layout::kBlend, .blend_weight = 0});
  open(edited, text, text.size() - 40);
  change_elsewhere(edited, text, 0, 0, "import os\n");
  encode(edited);
  ASSERT_GT(edited.prompt().missing(), 32U) << "first comes what is near";
  const std::vector<float> before(edited.prompt_logits().begin(), edited.prompt_logits().end());
  ASSERT_TRUE(edited.encode_some(32));
  encode(edited);
  EXPECT_FALSE(std::ranges::equal(edited.prompt_logits(), before));
}

TEST_F(SessionBlend, ASnapshotIsThatOfFillingInTheMiddle) {
  const std::size_t place = kProgram.find("def main");
  Session before = opened({Layout::kPrefixSuffixMiddle}, kProgram, place);
  encode(before);
  const Snapshot snapshot = before.snapshot();
  Session after = session({Layout::kBlend});
  after.open(kProgram, {place, place}, snapshot);
  EXPECT_EQ(encoded(after), 2U) << "the last token of each view, for its logits";
  EXPECT_TRUE(after.is_exact());
  Session fresh = opened({Layout::kBlend}, kProgram, place);
  encode(fresh);
  EXPECT_EQ(cache_of(after, *model_), cache_of(fresh, *model_));
}

TEST_F(SessionBlend, ARefreshOfOneRowComputesTheEndOfEachView) {
  const std::size_t place = kProgram.find("def main");
  Session before = opened({Layout::kBlend}, kProgram, place);
  encode(before);
  const Snapshot snapshot = before.snapshot();
  Session after = session({Layout::kBlend});
  after.open(kProgram, {place, place}, snapshot);
  ASSERT_TRUE(after.refresh_some(1));
  EXPECT_FALSE(after.is_exact());
  ASSERT_TRUE(after.refresh_some(1));
  EXPECT_TRUE(after.is_exact());
  EXPECT_EQ(cache_of(after, *model_), cache_of(before, *model_));
}

TEST_F(SessionBlend, ACancelledCompletionCanBeAskedAgain) {
  Session stopped = opened({Layout::kBlend}, kProgram, 60);
  encode(stopped);
  std::stop_source stop;
  stop.request_stop();
  const auto cancelled = stopped.complete(kTwelveTokens, stop.get_token());
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->finish_reason, FinishReason::kCancelled);
  Session fresh = opened({Layout::kBlend}, kProgram, 60);
  EXPECT_EQ(complete(stopped), complete(fresh));
}

TEST_F(SessionBlend, GenerationEndsWhereTheContextOrTheCacheIsFull) {
  Session blended = opened({.layout = Layout::kBlend, .context_length = 64}, "x = 1\n", 6);
  const auto completion = blended.complete({.max_tokens = 500, .stop = &test::never_ends});
  ASSERT_TRUE(completion) << completion.error().message;
  if (completion->finish_reason != FinishReason::kEndOfText) {
    EXPECT_EQ(completion->finish_reason, FinishReason::kContextFull);
    EXPECT_GT(completion->tokens.generated, 50U);
  }
}

TEST_F(SessionBlend, AWeightIsAShare) {
  for (const float weight : {-0.1F, 1.1F, std::nanf("")}) {
    const auto made =
        Session::create(*backend_, {.layout = Layout::kBlend, .blend_weight = weight});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().message, "The weight of a blend must lie between 0 and 1.");
  }
}

}  // namespace
}  // namespace nextline::test
