#include "lsp/completion/completer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lsp/completion/confidence.h"
#include "tests/support/engine_fixture.h"
#include "tests/unit/lsp/touched_backend.h"

namespace nextline::lsp {
namespace {

using ::testing::ElementsAre;

class CompleterTest : public testing::Test {
 protected:
  static nextline::test::RandomModelOptions talkative() {
    nextline::test::RandomModelOptions options = nextline::test::every_type("qwen2");
    options.vocabulary_size = 284;
    return options;
  }

  /// Completes at the end of the document, which has this text now.
  Completion complete(Completer& completer, DocumentId document, const std::string& text) {
    completer.open(document, std::make_shared<const std::string>(text));
    auto completion = completer.complete(document, {text.size()}, {});
    EXPECT_TRUE(completion) << completion.error().message;
    return std::move(*completion);
  }

  nextline::test::TestModel model_{talkative()};
  std::unique_ptr<Backend> backend_ = nextline::test::cpu_backend(*model_);
  static constexpr DocumentId kA{1};
  static constexpr DocumentId kB{2};
  static constexpr DocumentId kC{3};
};

TEST_F(CompleterTest, EachDocumentHasACacheOfItsOwn) {
  CompletionEngine engine(*backend_, {});
  Completer completer(engine, {});
  complete(completer, kA, "for a in b:");
  complete(completer, kB, "while True:");
  EXPECT_GT(complete(completer, kA, "for a in b: c").tokens.reused, 5U);
  EXPECT_GT(complete(completer, kB, "while True: d").tokens.reused, 5U);
}

TEST_F(CompleterTest, TheCacheUsedLeastRecentlyGivesWay) {
  // Room for two, and for what one of them may grow by.
  const std::size_t slot = backend_->create_storage(1).value()->slot_bytes();
  CompletionEngine engine(*backend_, {.cache_bytes = 80 * slot});
  Completer completer(engine, {.max_tokens = 8});
  complete(completer, kA, "for a in b:");
  complete(completer, kB, "while True:");
  EXPECT_THAT(engine.sessions().documents(), ElementsAre(kB, kA));
  complete(completer, kA, "for a in b:");
  complete(completer, kC, "if x:");
  EXPECT_THAT(engine.sessions().documents(), ElementsAre(kC, kA));
  EXPECT_GT(complete(completer, kA, "for a in b:").tokens.reused, 0U);
  EXPECT_EQ(complete(completer, kB, "while True:").tokens.reused, 0U);
  EXPECT_THAT(engine.sessions().documents(), ElementsAre(kB, kA));
}

TEST_F(CompleterTest, ACacheThatMadeRoomComesBackWheneverItsDocumentIsTouched) {
  test::TouchedBackend backend(*backend_);
  CompletionEngine engine(backend, {});
  Completer completer(engine, {.max_tokens = 2});
  complete(completer, kA, "for a in b:");
  complete(completer, kB, "while True:");
  const std::vector<std::uint32_t> before = backend.touches();
  ASSERT_EQ(before.size(), 2U);
  const auto touched = [&](auto&& touch) {
    const std::uint32_t earlier = backend.touches()[0];
    touch();
    return backend.touches()[0] > earlier;
  };
  EXPECT_TRUE(touched([&] { completer.move_cursor(kA, 3); }));
  EXPECT_TRUE(touched([&] { EXPECT_TRUE(completer.prepare(kA, {}).has_value()); }));
  Replacements typed;
  typed.add(11, 0, 2);
  const auto text = std::make_shared<const std::string>("for a in b: c");
  EXPECT_TRUE(touched([&] { completer.change(kA, text, typed); }));
  EXPECT_TRUE(touched([&] { EXPECT_TRUE(completer.complete(kA, {13}, {}).has_value()); }));
  EXPECT_EQ(backend.touches()[1], before[1]) << "the other document was left alone";
}

TEST_F(CompleterTest, MemoryStaysWithinItsBudgetHoweverManyDocumentsAreOpened) {
  const std::size_t slot = backend_->create_storage(1).value()->slot_bytes();
  const std::size_t budget = 1500 * slot;
  CompletionEngine engine(*backend_, {.cache_bytes = budget});
  Completer completer(engine, {.max_tokens = 8});
  nextline::test::Random random(5);
  for (std::uint64_t number = 1; number <= 50; ++number) {
    const DocumentId document{number};
    const std::string text(50 + random.below(250), static_cast<char>('a' + random.below(20)));
    completer.open(document, std::make_shared<const std::string>(text));
    ASSERT_TRUE(completer.complete(document, {random.below(text.size())}, {}));
    ASSERT_LE(engine.sessions().bytes(), budget);
    bool more = true;
    for (int pass = 0; more && pass < 20; ++pass) {
      more = *completer.prepare(document, {}) || *engine.refresh(32, 1, {});
      ASSERT_LE(engine.sessions().bytes(), budget);
    }
    ASSERT_EQ(engine.sessions().documents().front(), document);
  }
  EXPECT_GT(engine.sessions().documents().size(), 2U);
  EXPECT_LT(engine.sessions().documents().size(), 40U);
}

TEST_F(CompleterTest, ADocumentThatIsTooLargeForTheBudgetIsCompletedNevertheless) {
  CompletionEngine engine(*backend_, {.cache_bytes = 1});
  Completer completer(engine, {});
  complete(completer, kA, "for a in b:");
  EXPECT_GT(complete(completer, kA, "for a in b: c").tokens.reused, 5U);
}

TEST_F(CompleterTest, AClosedDocumentIsEncodedAnew) {
  CompletionEngine engine(*backend_, {});
  Completer completer(engine, {});
  const Completion before = complete(completer, kA, "for a in b:");
  completer.close(kA);
  completer.close(kB);
  const Completion after = complete(completer, kA, "for a in b:");
  EXPECT_EQ(after.tokens.reused, 0U);
  EXPECT_EQ(after.text, before.text);
}

TEST_F(CompleterTest, WhatADocumentSaysIsKnownToDraftsUnlessItIsASecret) {
  CompletionEngine engine(*backend_, {});
  Completer completer(engine, {});
  const auto known_with = [&](const char* file) {
    completer.open(kA, std::make_shared<const std::string>("some = 1\nthing = 2\n"), file);
    while (*completer.prepare(kA, {})) {
    }
    const std::size_t known = engine.speculator()->tree().size();
    completer.close(kA);
    return known;
  };
  EXPECT_GT(known_with("/p/a.py"), 0U);
  EXPECT_EQ(known_with("/p/.env"), 0U);
  EXPECT_FALSE(CompletionEngine(*backend_, {.speculation = {.enabled = false}}).speculator());
}

TEST_F(CompleterTest, WhatIsGeneratedInASecretFileIsKnownToNoDrafts) {
  const auto known_after_completing = [&](const char* file) {
    CompletionEngine engine(*backend_, {});
    Completer completer(engine, {});
    completer.open(kA, std::make_shared<const std::string>("token = "), file);
    EXPECT_GT(completer.complete(kA, {8}, {})->tokens.generated, 2U);
    return engine.speculator()->tree().size();
  };
  EXPECT_GT(known_after_completing("/p/a.py"), 0U);
  EXPECT_EQ(known_after_completing("/p/.env"), 0U);
}

TEST_F(CompleterTest, WhatIsKeptOutlivesItsDocumentUnlessThatIsASecret) {
  CompletionEngine engine(*backend_, {});
  Completer completer(engine, {});
  const auto known_after = [&](const char* file) {
    completer.open(kA, std::make_shared<const std::string>("some = 1\nthing = 2\n"), file);
    completer.kept(kA, 7, 8);
    completer.close(kA);
    return engine.speculator()->tree().size();
  };
  EXPECT_EQ(known_after("/p/.env"), 0U);
  EXPECT_GT(known_after("/p/a.py"), 0U);
}

TEST_F(CompleterTest, SeveralSuggestionsHaveOnePromptAndDiffer) {
  CompletionEngine engine(*backend_, {});
  Completer completer(engine, {.max_tokens = 8, .fits_suggestions = false});
  const std::string text = "for a in b:";
  completer.open(kA, std::make_shared<const std::string>(text));
  const Place place{text.size()};
  const auto alone = completer.suggest(kA, place, {});
  const auto several = completer.suggest_several(kA, place, 4, {});
  ASSERT_TRUE(alone && several);
  ASSERT_EQ(several->size(), 4U);
  EXPECT_EQ(several->front().text, alone->text);
  for (std::size_t i = 0; i < several->size(); ++i) {
    const Suggestion& one = (*several)[i];
    EXPECT_EQ(one.completion.tokens.encoded, 0U);
    EXPECT_LE(one.completion.tokens.generated, 8U);
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(one.text, (*several)[j].text);
  }
}

TEST_F(CompleterTest, OthersAreSuggestedWhereSomebodyWantsThemAndAsksByHand) {
  CompletionEngine engine(*backend_, {});
  Completer completer(engine, {.max_tokens = 8, .fits_suggestions = false, .candidates = 3});
  const std::string text = "for a in b:";
  completer.open(kA, std::make_shared<const std::string>(text));
  const auto others = [&](bool is_automatic, bool wants_others) {
    const auto made = completer.suggest(
        kA, {.offset = text.size(), .is_automatic = is_automatic, .wants_others = wants_others},
        {});
    EXPECT_TRUE(made && !made->text.empty());
    return made->others.size();
  };
  EXPECT_EQ(others(false, true), 2U);
  EXPECT_EQ(others(false, false), 0U);
  EXPECT_EQ(others(true, true), 0U);
}

TEST_F(CompleterTest, WhatTheModelIsNotSureOfIsSuggestedOnlyToThoseWhoAsk) {
  const std::string text = "for a in b:";
  const auto suggest = [&](double least_confidence, bool is_automatic) {
    CompletionEngine engine(*backend_, {});
    Completer completer(
        engine, {.max_tokens = 8, .fits_suggestions = false, .least_confidence = least_confidence});
    completer.open(kA, std::make_shared<const std::string>(text));
    return std::move(
        *completer.suggest(kA, {.offset = text.size(), .is_automatic = is_automatic}, {}));
  };
  const Suggestion shown = suggest(0, true);
  EXPECT_FALSE(shown.text.empty());
  const double confidence = confidence_of(shown.completion);
  EXPECT_GT(confidence, 0);
  EXPECT_LT(confidence, 1);
  EXPECT_EQ(suggest(confidence, true).text, shown.text);
  const Suggestion kept_back = suggest(confidence + 1e-6, true);
  EXPECT_EQ(kept_back.text, "");
  EXPECT_EQ(kept_back.why_nothing, WhyNothing(Unconfident{confidence, confidence + 1e-6}));
  EXPECT_EQ(suggest(1, false).text, shown.text);
}

TEST_F(CompleterTest, LooksAheadToWhereSomethingIsSuggestedUnaskedAtLeastOnceTheLineHasBeenEnded) {
  CompletionEngine engine(*backend_, {});
  Completer completer(engine, {});
  const std::string text = "int f(int x) {\n  return";
  completer.open(kA, std::make_shared<const std::string>(text), "/p/a.c");
  ASSERT_TRUE(completer.complete(kA, {text.size()}, {}));
  const auto ahead_of = [&](const std::string& said, DocumentId document = kA) {
    const auto accepted = std::make_shared<const std::string>(text + said);
    return completer.look_ahead({1, document, accepted, text.size(), accepted->size()}, {});
  };
  ASSERT_TRUE(ahead_of(" x +"));
  EXPECT_FALSE(ahead_of(" x +")->is_behind_statement);
  ASSERT_TRUE(ahead_of(" x;"));
  EXPECT_TRUE(ahead_of(" x;")->is_behind_statement);
  EXPECT_FALSE(ahead_of(" x; // so")) << "in a comment nothing is suggested";
  EXPECT_FALSE(ahead_of(" x +", kB)) << "it is not open";
}

TEST_F(CompleterTest, WhatIsSaidAheadIsWhatIsSaidThen) {
  CompletionEngine engine(*backend_, {});
  Completer completer(engine, {});
  const std::string text = "int f(int x) {\n  return";
  const auto accepted = std::make_shared<const std::string>(text + " x +");
  completer.open(kA, std::make_shared<const std::string>(text), "/p/a.c");
  ASSERT_TRUE(completer.complete(kA, {text.size()}, {}));
  const auto ahead = completer.look_ahead({1, kA, accepted, text.size(), accepted->size()}, {});
  ASSERT_TRUE(ahead);
  Replacements accepting;
  accepting.add(text.size(), 0, 4);
  completer.change(kA, accepted, accepting);
  const auto then = completer.suggest(kA, {.offset = accepted->size()}, {});
  ASSERT_TRUE(then);
  EXPECT_EQ(ahead->suggestion.completion.token_ids, then->completion.token_ids);
  EXPECT_LE(then->completion.tokens.encoded, 1U) << "it was computed already";
}

TEST_F(CompleterTest, TheLimitsHold) {
  CompletionEngine engine(*backend_, {.context_length = 64});
  Completer completer(engine, {.max_tokens = 3});
  const Completion completion = complete(completer, kA, std::string(5000, 'z'));
  EXPECT_LE(completion.tokens.generated, 3U);
  EXPECT_LE(completion.tokens.prompt, 64U);
}

}  // namespace
}  // namespace nextline::lsp
