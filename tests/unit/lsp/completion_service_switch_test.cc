#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "lsp/completion/completion_service.h"
#include "lsp/completion/model_host.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/gated_backend.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {
namespace {

using Outcome = Result<std::optional<Suggestion>>;

/// A service whose options change while documents are open.
class CompletionServiceSwitchTest : public testing::Test {
 protected:
  static DocumentSnapshot snapshot(std::string text) {
    return {1, 0, std::make_shared<const Text>(std::move(text))};
  }
  void load() {
    client_.run_until([this] { return service_.has_model(); });
  }

  Outcome ask(DocumentId document, std::size_t offset, bool is_automatic = false) {
    std::optional<Outcome> answer;
    service_.complete(document, {.offset = offset, .is_automatic = is_automatic},
                      [&](Outcome outcome) { answer = std::move(outcome); });
    client_.run_until([&] { return answer.has_value(); });
    return *answer;
  }
  std::optional<WhyNothing> why_nothing(const Outcome& outcome) {
    return outcome.value().value().why_nothing;
  }
  std::string text(const Outcome& outcome) { return outcome.value().value().completion.text; }

  void configure(const DocumentSwitches& switches) {
    Completer::Options options = service_.options();
    options.switches = switches;
    service_.configure(options);
  }
  void configure(const TriggerOptions& triggers) {
    Completer::Options options = service_.options();
    options.triggers = triggers;
    service_.configure(options);
  }

  ServedModel model_{"llama"};
  GatedBackend& gate_ = model_.gate();
  ClientThread client_;
  ModelHost host_{{.load = [this](const std::stop_token&) -> Result<Backend*> { return &gate_; },
                   .engine = {.reuse = Reuse::kCommonPrefix},
                   .refresh = {.enabled = false}}};
  CompletionService service_{host_, {.max_tokens = ServedModel::kMaxTokens}, [this](auto function) {
                               client_.post(std::move(function));
                             }};
};

TEST_F(CompletionServiceSwitchTest, NothingIsComputedForADocumentThatIsSwitchedOff) {
  configure(DocumentSwitches{.languages = {{"python", false}}});
  load();
  const DocumentId off = service_.open(snapshot("def f():"), "/p/a.py");
  service_.move_cursor(off, 3);
  service_.save(off);
  EXPECT_EQ(why_nothing(ask(off, 8)), WhyNothing(SwitchedOff::kLanguage));
  EXPECT_EQ(why_nothing(ask(off, 8, true)), WhyNothing(SwitchedOff::kLanguage));
  service_.close(off);
  EXPECT_EQ(gate_.passes(), 0U);
  // The next one that is computed is another document's.
  gate_.shut();
  service_.open(snapshot("fn f()"), "/p/a.rs");
  gate_.wait_for_pass(1);
  EXPECT_EQ(gate_.passes(), 1U);
  gate_.open();
}

TEST_F(CompletionServiceSwitchTest, GivesItsCacheBackWhenItIsSwitchedOff) {
  load();
  const DocumentId document = service_.open(snapshot("def f():"));
  const auto reused = [&] { return ask(document, 8)->value().completion.tokens.reused; };
  reused();
  EXPECT_GT(reused(), 0U);
  configure(DocumentSwitches{.on = false});
  configure(DocumentSwitches{});
  EXPECT_EQ(reused(), 0U);
}

TEST_F(CompletionServiceSwitchTest, IsAnsweredWhileTheModelIsLoading) {
  configure(DocumentSwitches{.on = false});
  const DocumentId document = service_.open(snapshot("def f():"));
  EXPECT_EQ(why_nothing(ask(document, 8)), WhyNothing(SwitchedOff::kEverywhere));
}

TEST_F(CompletionServiceSwitchTest, HasThePresentTextOnceItIsSwitchedOn) {
  configure(DocumentSwitches{.on = false});
  load();
  const DocumentId document = service_.open(snapshot("def f():"));
  const ByteEdit edit{0, 8, "class A:"};
  service_.change(document, snapshot("class A:"), std::span(&edit, 1));
  configure(DocumentSwitches{});
  EXPECT_EQ(text(ask(document, 8)), model_.completion_of("class A:"));
}

TEST_F(CompletionServiceSwitchTest, WhatWaitsIsSupersededWhenItIsSwitchedOff) {
  load();
  const DocumentId document = service_.open(snapshot("def f():"));
  gate_.shut();
  std::optional<Outcome> answer;
  service_.complete(document, {.offset = 8}, [&](Outcome outcome) { answer = std::move(outcome); });
  configure(DocumentSwitches{.on = false});
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->value());
  gate_.open();
  configure(DocumentSwitches{});
  EXPECT_EQ(text(ask(document, 8)), model_.completion_of("def f():"));
}

TEST_F(CompletionServiceSwitchTest, ARequestThatIsCancelledIsNotAnsweredToo) {
  configure(DocumentSwitches{.on = false});
  const DocumentId document = service_.open(snapshot("def f():"));
  bool is_answered = false;
  service_.cancel(
      service_.complete(document, {.offset = 3}, [&](const Outcome&) { is_answered = true; }));
  ask(document, 8);
  EXPECT_FALSE(is_answered);
}

TEST_F(CompletionServiceSwitchTest, OtherOptionsHoldForTheNextRequest) {
  load();
  const DocumentId document = service_.open(snapshot("def f():"), "/p/a.py");
  EXPECT_GT(ask(document, 8)->value().completion.tokens.generated, 1U);
  Completer::Options options = service_.options();
  options.max_tokens = 1;
  service_.configure(options);
  EXPECT_EQ(ask(document, 8)->value().completion.tokens.generated, 1U);
}

TEST_F(CompletionServiceSwitchTest, WhereNothingComesUnaskedSomebodyMayAsk) {
  load();
  const DocumentId document = service_.open(snapshot("def f():"), "/p/a.py");
  configure(TriggerOptions{.automatic = false});
  EXPECT_EQ(why_nothing(ask(document, 8, true)), WhyNothing(Unasked::kOnlyWhenAsked));
  configure(TriggerOptions{.ignored = IgnorePatterns(std::vector<std::string>{"*.py"}, {})});
  EXPECT_EQ(why_nothing(ask(document, 8, true)), WhyNothing(Unasked::kIgnored));
  EXPECT_EQ(text(ask(document, 8)), model_.completion_of("def f():"));
  configure(TriggerOptions{});
  EXPECT_EQ(text(ask(document, 8, true)), model_.completion_of("def f():"));
}

}  // namespace
}  // namespace nextline::lsp::test
