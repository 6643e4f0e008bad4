#include "lsp/completion/completion_service.h"

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <string>

#include "lsp/completion/model_host.h"
#include "tests/support/engine_fixture.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/gated_backend.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {
namespace {

using Outcome = Result<std::optional<Suggestion>>;

class CompletionServiceTest : public testing::Test {
 protected:
  static DocumentSnapshot snapshot(std::string text) {
    return {1, 0, std::make_shared<const Text>(std::move(text))};
  }

  void SetUp() override {
    client_.run_until([this] { return service_.has_model(); });
  }

  /// Opens a document, and waits until it is computed, for a cursor at its beginning.
  DocumentId open(const std::string& text) {
    const DocumentId document = service_.open(snapshot(text));
    const int request = --last_own_request_;
    ask(request, document, 0);
    answer_to(request);
    answers_.erase(request);
    return document;
  }

  /// Asks, and returns when the model is at work on it, before a pass that waits at the gate.
  CompletionService::Ticket ask_at_the_gate(int request, DocumentId document, std::size_t offset) {
    gate_.shut();
    const std::uint32_t passes = gate_.passes();
    const auto ticket = ask(request, document, offset);
    gate_.wait_for_pass(passes + 1);
    return ticket;
  }

  /// The client's thread waits until the request is answered.
  Outcome answer_to(int request) {
    client_.run_until([&] { return answers_.contains(request); });
    return answers_.at(request);
  }

  /// Asks and remembers the answer under `request`.
  CompletionService::Ticket ask(int request, DocumentId document, Place place) {
    return service_.complete(document, std::move(place), [this, request](Outcome outcome) {
      EXPECT_TRUE(answers_.emplace(request, std::move(outcome)).second) << "answered twice";
    });
  }
  CompletionService::Ticket ask(int request, DocumentId document, std::size_t offset) {
    return ask(request, document, {offset, std::nullopt, 0});
  }

  bool was_superseded(int request) {
    return answers_.contains(request) && answers_.at(request) && !*answers_.at(request);
  }

  std::string completion_of(const std::string& before, const std::string& behind = "",
                            const std::string& typed = "") {
    return model_.completion_of(before, behind, typed);
  }

  /// The document becomes this text, in one edit.
  void change(DocumentId document, const std::string& before, const std::string& text) {
    const ByteEdit edit{0, before.size(), text};
    service_.change(document, snapshot(text), std::span(&edit, 1));
  }

  ServedModel model_{"llama"};
  GatedBackend& gate_ = model_.gate();
  ClientThread client_;
  std::map<int, Outcome> answers_;
  int last_own_request_ = 0;
  ModelHost host_{{.load = [this](const std::stop_token&) -> Result<Backend*> { return &gate_; },
                   .engine = {.reuse = Reuse::kCommonPrefix}}};
  CompletionService service_{host_, {.max_tokens = ServedModel::kMaxTokens}, [this](auto function) {
                               client_.post(std::move(function));
                             }};
};

TEST_F(CompletionServiceTest, CompletesAtThePlace) {
  const DocumentId document = open("def f():\n    return\n");
  ask(1, document, 8);
  EXPECT_EQ(answer_to(1)->value().completion.text, completion_of("def f():", "\n    return\n"));
}

TEST_F(CompletionServiceTest, CompletesTheSelectedEntryInPlaceOfWhatWasTyped) {
  const DocumentId document = open("os.pa\n");
  ask(1, document, {5, "path.join", 3});
  EXPECT_EQ(answer_to(1)->value().completion.text, completion_of("os.", "\n", "path.join"));
}

TEST_F(CompletionServiceTest, ARequestAtAnotherPlaceSupersedesAtOnce) {
  const DocumentId document = open("def f():\n    return\n");
  ask_at_the_gate(1, document, 8);
  ask(2, document, 3);
  EXPECT_TRUE(was_superseded(1));
  gate_.open();
  EXPECT_EQ(answer_to(2)->value().completion.text, completion_of("def", " f():\n    return\n"));
}

TEST_F(CompletionServiceTest, AChangeSupersedesAtOnceAndTheNextRequestSeesIt) {
  const DocumentId document = open("def f():");
  ask_at_the_gate(1, document, 8);
  change(document, "def f():", "class A:");
  EXPECT_TRUE(was_superseded(1));
  gate_.open();
  ask(2, document, 8);
  EXPECT_EQ(answer_to(2)->value().completion.text, completion_of("class A:"));
}

TEST_F(CompletionServiceTest, AResultThatIsOnItsWayWhenTheTextChangesIsDropped) {
  const DocumentId document = open("def f():");
  const DocumentId other = open("x");
  ask(1, document, 8);
  // The other document's answer is posted behind the first one's, which is not taken yet.
  ask(2, other, 1);
  change(document, "def f():", "class A:");
  EXPECT_TRUE(was_superseded(1));
  EXPECT_TRUE(answer_to(2)->has_value());
  EXPECT_TRUE(was_superseded(1));
}

TEST_F(CompletionServiceTest, TheSamePlaceIsComputedOnceAndAnsweredToAll) {
  const DocumentId document = open("def f():");
  gate_.shut();
  ask(1, document, 8);
  ask(2, document, 8);
  gate_.open();
  const Outcome first = answer_to(1);
  const std::uint32_t passes = gate_.passes();
  const Outcome second = answer_to(2);
  EXPECT_EQ(first->value().completion.text, second->value().completion.text);
  EXPECT_EQ(gate_.passes(), passes);
}

TEST_F(CompletionServiceTest, DocumentsDoNotSupersedeEachOther) {
  const DocumentId a = open("def f():");
  const DocumentId b = open("class A:");
  ask(1, a, 8);
  ask(2, b, 8);
  change(b, "class A:", "class A: ");
  EXPECT_EQ(answer_to(1)->value().completion.text, completion_of("def f():"));
}

TEST_F(CompletionServiceTest, CancellingStopsTheModelAndIsNotAnswered) {
  const DocumentId document = open("def f():");
  const auto ticket = ask_at_the_gate(1, document, 8);
  service_.cancel(ticket);  // The pass at the gate ends now, though the gate is shut.
  ask_at_the_gate(2, document, 3);
  gate_.open();
  answer_to(2);
  EXPECT_FALSE(answers_.contains(1));
}

TEST_F(CompletionServiceTest, CancellingOneOfTwoAtAPlaceLeavesTheOther) {
  const DocumentId document = open("def f():");
  gate_.shut();
  const auto ticket = ask(1, document, 8);
  ask(2, document, 8);
  service_.cancel(ticket);
  gate_.open();
  EXPECT_TRUE(answer_to(2)->has_value());
  EXPECT_FALSE(answers_.contains(1));
}

TEST_F(CompletionServiceTest, ClosingSupersedesAndAReopenedDocumentIsAnother) {
  const DocumentId document = open("def f():");
  gate_.shut();
  ask(1, document, 8);
  service_.close(document);
  EXPECT_TRUE(was_superseded(1));
  gate_.open();
  const DocumentId again = service_.open(snapshot("def f():"));
  EXPECT_NE(again, document);
  ask(2, again, 8);
  EXPECT_EQ(answer_to(2)->value().completion.tokens.reused, 0U);
}

TEST_F(CompletionServiceTest, WhatIsAnsweredWithoutTheModelIsNotAskedOfItBehindTheDocumentsEnd) {
  const DocumentId busy = open("def f():");
  // Switched off, so answered at once; but when the model comes, before the answer is taken, it is
  // switched on.
  ClientThread other_client;
  CompletionService other(host_, {.switches = {.on = false}},
                          [&](auto function) { other_client.post(std::move(function)); });
  const DocumentId document = other.open(snapshot("class A:"));
  bool is_answered = false;
  other.complete(document, {8, std::nullopt, 0}, [&](const Outcome&) { is_answered = true; });
  other.configure({});
  ask_at_the_gate(1, busy, 8);
  other_client.run_until([&] { return is_answered; });
  ASSERT_TRUE(other.has_model());
  other.close(document);
  gate_.open();
  bool is_going_on = false;
  other.complete(other.open(snapshot("x")), {1, std::nullopt, 0},
                 [&](const Outcome& outcome) { is_going_on = outcome && *outcome; });
  other_client.run_until([&] { return is_going_on; });
}

TEST_F(CompletionServiceTest, AChangeIsComputedBeforeAnybodyAsks) {
  const DocumentId document = open("def f():");
  const std::uint32_t passes = gate_.passes();
  change(document, "def f():", "class A: pass\n");
  gate_.wait_for_pass(passes + 1);
}

TEST_F(CompletionServiceTest, ACursorMoveIsComputedBeforeAnybodyAsks) {
  const DocumentId document = open("def f():");
  const std::uint32_t passes = gate_.passes();
  service_.move_cursor(document, 8);
  gate_.wait_for_pass(passes + 1);
}

TEST_F(CompletionServiceTest, HundredsOfRequestsAreEachAnsweredOnceAndTheLastOneInFull) {
  std::string text = "def f():";
  const DocumentId document = open(text);
  constexpr int kRequests = 300;
  for (int i = 0; i < kRequests; ++i) {
    const ByteEdit key{text.size(), 0, std::string(1, static_cast<char>('a' + i % 26))};
    text += key.inserted;
    service_.change(document, snapshot(text), std::span(&key, 1));
    ask(i, document, text.size());
  }
  EXPECT_EQ(answer_to(kRequests - 1)->value().completion.text, completion_of(text));
  EXPECT_EQ(answers_.size(), static_cast<std::size_t>(kRequests));
  for (int i = 0; i + 1 < kRequests; ++i) EXPECT_TRUE(was_superseded(i)) << i;
}

TEST(CompletionService, RequestsWaitForTheModel) {
  const nextline::test::TestModel model(nextline::test::every_type("qwen3"));
  const auto backend = nextline::test::cpu_backend(*model);
  ClientThread client;
  std::promise<void> fetched;
  ModelHost host({.load = [&](const std::stop_token&) -> Result<Backend*> {
    fetched.get_future().wait();
    return backend.get();
  }});
  CompletionService service(host, {.max_tokens = 4},
                            [&](auto function) { client.post(std::move(function)); });
  const DocumentId document = service.open({1, 0, std::make_shared<const Text>("import os")});
  bool answered = false;
  service.complete(document, {9, std::nullopt, 0}, [&](const Outcome& outcome) {
    answered = true;
    EXPECT_TRUE(outcome && *outcome);
  });
  fetched.set_value();
  client.run_until([&] { return answered; });
}

TEST(CompletionService, ACursorThatWasMovedBeforeTheModelWasThereIsWhereItWasMoved) {
  const nextline::test::TestModel model(nextline::test::every_type("qwen3"));
  const auto backend = nextline::test::cpu_backend(*model);
  GatedBackend gate(*backend);
  ClientThread client;
  std::promise<void> fetched;
  ModelHost host({.load = [&](const std::stop_token&) -> Result<Backend*> {
                    fetched.get_future().wait();
                    return &gate;
                  },
                  .refresh = {.enabled = false}});
  CompletionService service(host, {}, [&](auto function) { client.post(std::move(function)); });
  const std::string text(40, 'x');
  const DocumentId document = service.open({1, 0, std::make_shared<const Text>(text)});
  service.move_cursor(document, text.size());
  fetched.set_value();
  client.run_until([&] { return service.has_model(); });
  // At the beginning of the text there would be nothing to compute but the sink.
  gate.wait_for_rows(0, gate.rows(0) + 8);
}

TEST(CompletionService, WithoutAModelEachRequestIsToldWhy) {
  ClientThread client;
  ModelHost host({.load = [](const std::stop_token&) -> Result<Backend*> {
    return failure("The disk is full.");
  }});
  CompletionService service(host, {}, [&](auto function) { client.post(std::move(function)); });
  const DocumentId document = service.open({1, 0, std::make_shared<const Text>("import os")});
  for (std::size_t request = 0; request < 2; ++request) {
    std::string message;
    service.complete(document, {request, std::nullopt, 0},
                     [&](const Outcome& outcome) { message = outcome.error().message; });
    client.run_until([&] { return !message.empty(); });
    EXPECT_EQ(message, "The disk is full.");
  }
}

TEST(CompletionService, EndsInTheMiddleOfARequest) {
  const nextline::test::TestModel model(nextline::test::every_type("qwen3"));
  const auto backend = nextline::test::cpu_backend(*model);
  GatedBackend gate(*backend);
  ClientThread client;
  bool answered = false;
  {
    ModelHost host({.load = [&](const std::stop_token&) -> Result<Backend*> { return &gate; }});
    CompletionService service(host, {}, [&](auto function) { client.post(std::move(function)); });
    client.run_until([&] { return service.has_model(); });
    gate.shut();
    const std::uint32_t passes = gate.passes();
    const DocumentId document = service.open({1, 0, std::make_shared<const Text>("import os")});
    service.complete(document, {9, std::nullopt, 0}, [&](const Outcome&) { answered = true; });
    gate.wait_for_pass(passes + 1);
  }
  EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace nextline::lsp::test
