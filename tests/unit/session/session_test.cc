#include "engine/session/session.h"

#include <gtest/gtest.h>

#include "tests/support/breakable_backend.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/forwarding_backend.h"
#include "tests/support/never_ends.h"
#include "tests/unit/session/session_backend.h"

namespace nextline {
namespace {

class SessionTest : public ::testing::Test {
 protected:
  /// Completes at the end of `text`.
  Completion complete(Session& session, std::string_view text,
                      const CompletionOptions& options = {}, std::stop_token stop = {}) {
    session.open(text, {text.size(), text.size()});
    auto completion = session.complete(options, stop);
    EXPECT_TRUE(completion.has_value()) << completion.error().message;
    return std::move(*completion);
  }
  Session session(std::uint32_t context_length = 0, std::uint32_t prefill_rows = 256) {
    return std::move(*Session::create(
        *backend_, {.context_length = context_length, .prefill_rows = prefill_rows}));
  }

  /// Few tokens that end the text, so that a random model goes on for a while.
  static test::RandomModelOptions talkative() {
    test::RandomModelOptions options = test::every_type("qwen2");
    options.vocabulary_size = 284;
    return options;
  }

  test::TestModel model_{talkative()};
  std::unique_ptr<Backend> backend_ = test::session_backend(*model_, 2);
  const CompletionOptions kEightTokens{.max_tokens = 8, .stop = &test::never_ends};
};

TEST_F(SessionTest, GeneratesUpToTheTokenLimit) {
  Session fresh = session();
  const Completion completion = complete(fresh, "while queue:", kEightTokens);
  EXPECT_EQ(completion.finish_reason, FinishReason::kTokenLimit);
  EXPECT_EQ(completion.tokens.generated, 8U);
  EXPECT_EQ(completion.tokens.passes, 8U);  // One over the prompt, seven over generated tokens.
}

TEST_F(SessionTest, ACompletionEndsWhereItsStopConditionSays) {
  /// Ends at the seventh byte, before the last five.
  class FirstTwoOfSeven final : public StopCondition {
   public:
    std::optional<std::size_t> end_of(std::string_view text) override {
      seen.emplace_back(text);
      return text.size() < 7 ? std::nullopt : std::optional<std::size_t>(2);
    }
    std::vector<std::string> seen;
  } stop;
  Session fresh = session();
  const Completion all =
      complete(fresh, "while queue:", {.max_tokens = 30, .stop = &test::never_ends});
  ASSERT_GT(all.text.size(), 7U);
  Session ended = session();
  const Completion completion = complete(ended, "while queue:", {.max_tokens = 30, .stop = &stop});
  EXPECT_EQ(completion.finish_reason, FinishReason::kStopRule);
  EXPECT_EQ(completion.text, all.text.substr(0, 2));
  EXPECT_EQ(completion.token_ids.size(), completion.tokens.generated);
  // It is shown each token's text once, as part of all before it.
  EXPECT_EQ(stop.seen.size(), completion.tokens.generated);
  for (const std::string& text : stop.seen) EXPECT_TRUE(all.text.starts_with(text));
}

TEST_F(SessionTest, APromptIsComputedInPassesOfAsManyRowsAsTheBackendLikes) {
  class Narrow final : public test::ForwardingBackend {
   public:
    using ForwardingBackend::ForwardingBackend;
    std::uint32_t prompt_rows() const override { return 10; }
  } backend(*backend_);
  Session fresh = std::move(*Session::create(backend, {}));
  const std::string text(95, 'x');
  fresh.open(text, {text.size(), text.size()});
  const auto completion = fresh.complete({.max_tokens = 1});
  ASSERT_TRUE(completion);
  EXPECT_EQ(completion->tokens.passes, (completion->tokens.prompt + 9) / 10);
}

TEST_F(SessionTest, ReusesWhatIsCachedAndGivesTheSameText) {
  Session kept = session();
  complete(kept, "def f(a, b):\n    return a", kEightTokens);
  const Completion again = complete(kept, "def f(a, b):\n    return a + b", kEightTokens);
  Session fresh = session();
  const Completion anew = complete(fresh, "def f(a, b):\n    return a + b", kEightTokens);
  EXPECT_EQ(again.text, anew.text);
  EXPECT_GT(again.tokens.reused, 10U);
  EXPECT_EQ(again.tokens.reused + again.tokens.encoded, again.tokens.prompt);
  EXPECT_EQ(anew.tokens.reused, 0U);
}

TEST_F(SessionTest, TheSamePlaceAgainEncodesNothing) {
  Session kept = session();
  const Completion first = complete(kept, "import os\n", kEightTokens);
  const Completion second = complete(kept, "import os\n", kEightTokens);
  EXPECT_EQ(second.tokens.encoded, 0U);
  EXPECT_EQ(first.text, second.text);
}

TEST_F(SessionTest, TheNumberOfRowsPerPassChangesNothing) {
  const std::string prefix(300, 'q');
  Session large = session(0, 256);
  Session small = session(0, 1);
  EXPECT_EQ(complete(large, prefix, kEightTokens).text, complete(small, prefix, kEightTokens).text);
}

TEST_F(SessionTest, AnEmptyTextIsSinkAndMarkers) {
  Session fresh = session();
  EXPECT_EQ(complete(fresh, "", kEightTokens).tokens.prompt, 3U);
}

TEST_F(SessionTest, APromptLongerThanTheContextKeepsItsEnd) {
  Session fresh = session(64);
  const Completion completion = complete(fresh, std::string(5000, 'z'), kEightTokens);
  EXPECT_LE(completion.tokens.prompt + completion.tokens.generated, 64U);
  EXPECT_EQ(fresh.sequence().tokens().front(), model_->sink());
}

TEST_F(SessionTest, ACancelledCompletionCanBeAskedAgain) {
  Session stopped = session();
  std::stop_source stop;
  stop.request_stop();
  const Completion cancelled = complete(stopped, "class A:", kEightTokens, stop.get_token());
  EXPECT_EQ(cancelled.finish_reason, FinishReason::kCancelled);
  EXPECT_EQ(cancelled.text, "");
  Session fresh = session();
  EXPECT_EQ(complete(stopped, "class A:", kEightTokens).text,
            complete(fresh, "class A:", kEightTokens).text);
}

TEST_F(SessionTest, MalformedUtf8IsCompletedLikeAnyText) {
  Session fresh = session();
  EXPECT_EQ(complete(fresh, "\xFF\xC3(", kEightTokens).tokens.generated, 8U);
}

TEST_F(SessionTest, AScoreIsTheLogitsOfTheContinuationAppended) {
  Session scored =
      std::move(*Session::create(*backend_, {.layout = Layout::kPlain, .heals_tokens = false}));
  const std::string text = "def area(self):\n";
  scored.open(text, {text.size(), text.size()});
  const auto continuation = model_->tokenizer().encode("    return self.width");
  const auto scores = scored.score(continuation);
  ASSERT_TRUE(scores);
  const std::vector<TokenId> prompt(scored.prompt().tokens().begin(),
                                    scored.prompt().tokens().end());
  test::TestSequence sequence(*backend_);
  EXPECT_EQ(scores->front(), sequence.append(prompt).back());
  const test::LogitRows rows = sequence.append(continuation);
  ASSERT_EQ(scores->size(), continuation.size());
  for (std::size_t i = 1; i < scores->size(); ++i) EXPECT_EQ((*scores)[i], rows[i - 1]);
}

TEST_F(SessionTest, AScoreLeavesTheCacheAsItWas) {
  Session kept = session();
  const Completion first = complete(kept, "import os\n", kEightTokens);
  const std::uint32_t encoded = kept.encoded_tokens();
  const std::uint32_t slots = kept.prompt().size();
  ASSERT_TRUE(kept.score(model_->tokenizer().encode("import sys")));
  EXPECT_EQ(kept.encoded_tokens(), encoded);
  EXPECT_EQ(kept.slots_in_use(), slots);
  EXPECT_EQ(complete(kept, "import os\n", kEightTokens).text, first.text);
}

TEST_F(SessionTest, WhereTheDeviceHasFailedWhateverComputesSaysWhy) {
  for (std::int64_t passes = 0; passes < 3; ++passes) {
    test::BreakableBackend breakable(*backend_);
    Session broken = std::move(*Session::create(breakable));
    breakable.break_after(passes);
    broken.open("import os\n", {10, 10});
    EXPECT_EQ(broken.complete(kEightTokens).error().message, test::BreakableBackend::kFailure);
    EXPECT_FALSE(broken.score(model_->tokenizer().encode("import sys")));
    EXPECT_FALSE(broken.recompute());
  }
}

TEST_F(SessionTest, AContinuationThatTheContextCannotHoldIsNotScored) {
  Session fresh = session(64);
  const std::vector<TokenId> continuation(65, model_->tokenizer().encode("a").front());
  EXPECT_FALSE(fresh.score(continuation));
}

}  // namespace
}  // namespace nextline
