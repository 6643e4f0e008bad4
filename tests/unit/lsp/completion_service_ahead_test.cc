// What the service answers without the model: the rest of a suggestion that is typed along, and
// what was prepared while it was read.

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>

#include "lsp/completion/completion_service.h"
#include "lsp/completion/model_host.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/gated_backend.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {
namespace {

class AheadTest : public testing::Test {
 protected:
  static DocumentSnapshot snapshot(std::string text) {
    return {1, 0, std::make_shared<const Text>(std::move(text))};
  }

  void serve(bool looks_ahead) {
    host_.emplace(ModelHostOptions{
        .load = [this](const std::stop_token&) -> Result<Backend*> { return &gate_; },
        .engine = {.speculation = {.enabled = false}},
        .refresh = {.enabled = false},
        .is_on_battery =
            [this] {
              asked_for_battery_ = true;
              asked_for_battery_.notify_all();
              return on_battery_.load();
            }});
    service_.emplace(*host_,
                     Completer::Options{.max_tokens = ServedModel::kMaxTokens,
                                        .fits_suggestions = false,
                                        .looks_ahead = looks_ahead},
                     [this](auto function) { client_.post(std::move(function)); });
    client_.run_until([this] { return service_->has_model(); });
    document_ = service_->open(snapshot(text_));
  }

  /// Asks at the end of the text; once the answer is there, `then` is called before anything else.
  Suggestion suggestion(const std::function<void()>& then = [] {}) {
    std::optional<Suggestion> made;
    service_->complete(document_, {text_.size()},
                       [&](const Result<std::optional<Suggestion>>& outcome) {
                         made = outcome->value();
                         then();
                       });
    client_.run_until([&] { return made.has_value(); });
    return std::move(*made);
  }

  void type(const std::string& inserted) {
    const ByteEdit edit{text_.size(), 0, inserted};
    text_ += inserted;
    service_->change(document_, snapshot(text_), std::span(&edit, 1));
  }
  void erase_last() {
    const ByteEdit edit{text_.size() - 1, 1, ""};
    text_.pop_back();
    service_->change(document_, snapshot(text_), std::span(&edit, 1));
  }

  void wait_for_look_ahead(std::uint64_t count) {
    client_.run_until([&] { return service_->answers().made_ahead >= count; });
  }

  ServedModel model_{"llama"};
  GatedBackend& gate_ = model_.gate();
  ClientThread client_;
  std::atomic<bool> on_battery_ = false;
  std::atomic<bool> asked_for_battery_ = false;
  std::string text_ = "def f():\n    return";
  DocumentId document_{};
  std::optional<ModelHost> host_;
  std::optional<CompletionService> service_;
};

TEST_F(AheadTest, WhoTypesAlongWaitsForNoModel) {
  serve(false);
  const Suggestion made = suggestion();
  ASSERT_GT(made.text.size(), 3U);
  gate_.shut();  // The model can compute nothing any more.
  for (std::size_t typed = 1; typed < made.text.size(); ++typed) {
    type(made.text.substr(typed - 1, 1));
    const Suggestion rest = suggestion();
    EXPECT_EQ(rest.text, made.text.substr(typed));
    EXPECT_EQ(rest.completion.tokens.passes, 0U);
    EXPECT_EQ(rest.completion.tokens.encoded, 0U);
    EXPECT_EQ(rest.completion.tokens.generated, 0U);
  }
  erase_last();
  EXPECT_EQ(suggestion().text, made.text.substr(made.text.size() - 2));
  EXPECT_EQ(service_->answers().by_model, 1U);
  EXPECT_EQ(service_->answers().typed_along, made.text.size());
}

TEST_F(AheadTest, WhoTypesSomethingElseIsToldWhatTheModelSaysNow) {
  serve(false);
  const Suggestion made = suggestion();
  type(made.text.front() == 'q' ? "z" : "q");
  EXPECT_EQ(suggestion().text, model_.completion_of(text_));
  EXPECT_EQ(service_->answers().by_model, 2U);
}

TEST_F(AheadTest, WhatFollowsASuggestionIsThereWhenItIsAccepted) {
  serve(true);
  const std::string first = suggestion().text;
  wait_for_look_ahead(1);
  gate_.shut();
  type(first);
  const Suggestion next = suggestion();
  EXPECT_EQ(next.text, model_.completion_of(text_));
  EXPECT_EQ(next.completion.tokens.passes, 0U);
  EXPECT_EQ(service_->answers().prepared, 1U);
  gate_.open();
  // And so on.
  wait_for_look_ahead(2);
  type(next.text);
  EXPECT_EQ(suggestion().text, model_.completion_of(text_));
  EXPECT_EQ(service_->answers().prepared, 2U);
  EXPECT_EQ(service_->answers().by_model, 1U);
}

TEST_F(AheadTest, AKeyThatIsTypedAlongDoesNotLoseIt) {
  serve(true);
  suggestion();
  wait_for_look_ahead(1);
  type("q");
  std::uint32_t passes = 0;
  const auto shut = [&] {
    gate_.shut();
    passes = gate_.passes();
  };
  const std::string made = suggestion(shut).text;
  gate_.wait_for_pass(passes + 1);  // It looks ahead, or is about to …
  type(made.substr(0, 1));          // … and is stopped.
  gate_.open();
  wait_for_look_ahead(2);
  type(made.substr(1));
  EXPECT_EQ(suggestion().text, model_.completion_of(text_));
  EXPECT_EQ(service_->answers().prepared, 1U);
}

TEST_F(AheadTest, AnAcceptanceThatComesTooEarlyIsAnsweredByTheModel) {
  serve(true);
  const std::string made = suggestion([this] { gate_.shut(); }).text;
  type(made);
  gate_.open();
  EXPECT_EQ(suggestion().text, model_.completion_of(text_));
  EXPECT_EQ(service_->answers().by_model, 2U);
}

TEST_F(AheadTest, NothingIsPreparedOnBattery) {
  on_battery_ = true;
  serve(true);
  const std::string made = suggestion().text;
  asked_for_battery_.wait(false);
  type(made);
  suggestion();
  EXPECT_EQ(service_->answers().by_model, 2U);
}

TEST_F(AheadTest, WithoutLookingAheadTheModelIsAskedAgainWhenAllIsTyped) {
  serve(false);
  type(suggestion().text);
  EXPECT_EQ(suggestion().text, model_.completion_of(text_));
  EXPECT_EQ(service_->answers().by_model, 2U);
  EXPECT_EQ(service_->answers().made_ahead, 0U);
}

}  // namespace
}  // namespace nextline::lsp::test
