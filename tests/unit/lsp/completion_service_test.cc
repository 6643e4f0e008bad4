#include "lsp/completion/completion_service.h"

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <string>

#include "tests/support/engine_fixture.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/gated_backend.h"

namespace nextline::lsp::test {
namespace {

using Outcome = Result<std::optional<Completion>>;

class CompletionServiceTest : public testing::Test {
 protected:
  static nextline::test::RandomModelOptions talkative() {
    nextline::test::RandomModelOptions options = nextline::test::every_type("llama");
    options.vocabulary_size = 284;
    return options;
  }

  static DocumentSnapshot snapshot(std::string text) {
    return {1, 0, std::make_shared<const Text>(std::move(text))};
  }

  /// The client's thread waits until the request is answered.
  Outcome answer_to(int request) {
    client_.run_until([&] { return answers_.contains(request); });
    return answers_.at(request);
  }

  /// Asks and remembers the answer under `request`.
  CompletionService::Ticket ask(int request, DocumentId document, CompletionService::Place place) {
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

  /// What a fresh session gives.
  std::string completion_of(const std::string& prefix) {
    auto session = Session::create(*own_backend_);
    return session->complete(prefix, {.max_tokens = kMaxTokens})->text;
  }

  static constexpr std::uint32_t kMaxTokens = 12;

  nextline::test::TestModel model_{talkative()};
  std::unique_ptr<Backend> backend_ = nextline::test::cpu_backend(*model_);
  GatedBackend gate_{*backend_};
  // For what is expected, on the test's thread.
  std::unique_ptr<Backend> own_backend_ = nextline::test::cpu_backend(*model_);
  ClientThread client_;
  std::map<int, Outcome> answers_;
  CompletionService service_{[this](const std::stop_token&) -> Result<Backend*> { return &gate_; },
                             {.max_tokens = kMaxTokens},
                             [this](auto function) { client_.post(std::move(function)); }};
};

TEST_F(CompletionServiceTest, CompletesAtThePlace) {
  const DocumentId document = service_.open(snapshot("def f():\n    return\n"));
  ask(1, document, 8);
  EXPECT_EQ(answer_to(1)->value().text, completion_of("def f():"));
}

TEST_F(CompletionServiceTest, CompletesTheSelectedEntryInPlaceOfWhatWasTyped) {
  const DocumentId document = service_.open(snapshot("os.pa\n"));
  ask(1, document, {5, "path.join", 3});
  EXPECT_EQ(answer_to(1)->value().text, completion_of("os.path.join"));
}

TEST_F(CompletionServiceTest, ARequestAtAnotherPlaceSupersedesAtOnce) {
  const DocumentId document = service_.open(snapshot("def f():\n    return\n"));
  gate_.shut();
  ask(1, document, 8);
  gate_.wait_for_pass(1);
  ask(2, document, 3);
  EXPECT_TRUE(was_superseded(1));
  gate_.open();
  EXPECT_EQ(answer_to(2)->value().text, completion_of("def"));
}

TEST_F(CompletionServiceTest, AChangeSupersedesAtOnceAndTheNextRequestSeesIt) {
  const DocumentId document = service_.open(snapshot("def f():"));
  gate_.shut();
  ask(1, document, 8);
  gate_.wait_for_pass(1);
  service_.change(document, snapshot("class A:"));
  EXPECT_TRUE(was_superseded(1));
  gate_.open();
  ask(2, document, 8);
  EXPECT_EQ(answer_to(2)->value().text, completion_of("class A:"));
}

TEST_F(CompletionServiceTest, AResultThatIsOnItsWayWhenTheTextChangesIsDropped) {
  const DocumentId document = service_.open(snapshot("def f():"));
  ask(1, document, 8);
  // The other document's answer is posted behind the first one's, which is not taken yet.
  const DocumentId other = service_.open(snapshot("x"));
  ask(2, other, 1);
  gate_.wait_for_pass(1);
  service_.change(document, snapshot("class A:"));
  EXPECT_TRUE(was_superseded(1));
  EXPECT_TRUE(answer_to(2)->has_value());
  EXPECT_TRUE(was_superseded(1));
}

TEST_F(CompletionServiceTest, TheSamePlaceIsComputedOnceAndAnsweredToAll) {
  const DocumentId document = service_.open(snapshot("def f():"));
  gate_.shut();
  ask(1, document, 8);
  ask(2, document, 8);
  gate_.open();
  const Outcome first = answer_to(1);
  const std::uint32_t passes = gate_.passes();
  const Outcome second = answer_to(2);
  EXPECT_EQ(first->value().text, second->value().text);
  EXPECT_EQ(gate_.passes(), passes);
}

TEST_F(CompletionServiceTest, DocumentsDoNotSupersedeEachOther) {
  const DocumentId a = service_.open(snapshot("def f():"));
  const DocumentId b = service_.open(snapshot("class A:"));
  ask(1, a, 8);
  ask(2, b, 8);
  service_.change(b, snapshot("class A: "));
  EXPECT_EQ(answer_to(1)->value().text, completion_of("def f():"));
}

TEST_F(CompletionServiceTest, CancellingStopsTheModelAndIsNotAnswered) {
  const DocumentId document = service_.open(snapshot("def f():"));
  gate_.shut();
  const auto ticket = ask(1, document, 8);
  gate_.wait_for_pass(1);
  service_.cancel(ticket);  // The pass at the gate ends now, though the gate is shut.
  ask(2, document, 3);
  gate_.wait_for_pass(2);
  gate_.open();
  answer_to(2);
  EXPECT_FALSE(answers_.contains(1));
}

TEST_F(CompletionServiceTest, CancellingOneOfTwoAtAPlaceLeavesTheOther) {
  const DocumentId document = service_.open(snapshot("def f():"));
  gate_.shut();
  const auto ticket = ask(1, document, 8);
  ask(2, document, 8);
  service_.cancel(ticket);
  gate_.open();
  EXPECT_TRUE(answer_to(2)->has_value());
  EXPECT_FALSE(answers_.contains(1));
}

TEST_F(CompletionServiceTest, ClosingSupersedesAndAReopenedDocumentIsAnother) {
  const DocumentId document = service_.open(snapshot("def f():"));
  gate_.shut();
  ask(1, document, 8);
  service_.close(document);
  EXPECT_TRUE(was_superseded(1));
  gate_.open();
  const DocumentId again = service_.open(snapshot("def f():"));
  EXPECT_NE(again, document);
  ask(2, again, 8);
  EXPECT_EQ(answer_to(2)->value().tokens.reused, 0U);
}

TEST_F(CompletionServiceTest, HundredsOfRequestsAreEachAnsweredOnceAndTheLastOneInFull) {
  std::string text = "def f():";
  const DocumentId document = service_.open(snapshot(text));
  constexpr int kRequests = 300;
  for (int i = 0; i < kRequests; ++i) {
    text += static_cast<char>('a' + i % 26);
    service_.change(document, snapshot(text));
    ask(i, document, text.size());
  }
  EXPECT_EQ(answer_to(kRequests - 1)->value().text, completion_of(text));
  EXPECT_EQ(answers_.size(), static_cast<std::size_t>(kRequests));
  for (int i = 0; i + 1 < kRequests; ++i) EXPECT_TRUE(was_superseded(i)) << i;
}

TEST(CompletionService, RequestsWaitForTheModel) {
  const nextline::test::TestModel model(nextline::test::every_type("qwen3"));
  const auto backend = nextline::test::cpu_backend(*model);
  ClientThread client;
  std::promise<void> fetched;
  CompletionService service(
      [&](const std::stop_token&) -> Result<Backend*> {
        fetched.get_future().wait();
        return backend.get();
      },
      {.max_tokens = 4}, [&](auto function) { client.post(std::move(function)); });
  const DocumentId document = service.open({1, 0, std::make_shared<const Text>("import os")});
  bool answered = false;
  service.complete(document, {9, std::nullopt, 0}, [&](const Outcome& outcome) {
    answered = true;
    EXPECT_TRUE(outcome && *outcome);
  });
  fetched.set_value();
  client.run_until([&] { return answered; });
}

TEST(CompletionService, WithoutAModelEachRequestIsToldWhy) {
  ClientThread client;
  CompletionService service(
      [](const std::stop_token&) -> Result<Backend*> { return failure("The disk is full."); }, {},
      [&](auto function) { client.post(std::move(function)); });
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
  gate.shut();
  ClientThread client;
  bool answered = false;
  {
    CompletionService service([&](const std::stop_token&) -> Result<Backend*> { return &gate; }, {},
                              [&](auto function) { client.post(std::move(function)); });
    const DocumentId document = service.open({1, 0, std::make_shared<const Text>("import os")});
    service.complete(document, {9, std::nullopt, 0}, [&](const Outcome&) { answered = true; });
    gate.wait_for_pass(1);
  }
  EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace nextline::lsp::test
