// What the service computes while the user pauses.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>

#include "lsp/completion/completion_service.h"
#include "lsp/completion/model_host.h"
#include "tests/support/unshifting_backend.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/gated_backend.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {
namespace {

/// Threads of idle work here, by which its passes are told from others at the gate.
constexpr std::uint32_t kIdleThreads = 1;

/// A service, its client and its model. The model's thread says when a pause begins: then it asks
/// whether the machine runs on battery.
class RefreshTest : public testing::Test {
 protected:
  static DocumentSnapshot snapshot(std::string text) {
    return {1, 0, std::make_shared<const Text>(std::move(text))};
  }

  /// So many tokens or more: with the vocabulary of these models a letter is one.
  static std::string long_text(std::size_t tokens) {
    std::string text;
    for (std::size_t i = 0; text.size() < tokens; ++i) {
      text += static_cast<char>('a' + i * i % 23);
      text += i % 12 == 0 ? '\n' : static_cast<char>('z' - i % 7);
    }
    return text;
  }

  void serve(RefreshOptions options, Backend& backend, Reuse reuse = Reuse::kPieces) {
    options.pause = std::chrono::milliseconds(0);
    options.threads = kIdleThreads;
    host_.emplace(ModelHostOptions{
        .load = [&backend](const std::stop_token&) -> Result<Backend*> { return &backend; },
        .engine = {.reuse = reuse},
        .refresh = options,
        .is_on_battery = [this] { return is_on_battery(); },
        .give_back_memory =
            [this] {
              rows_at_rest_ = refreshed_rows();
              ++rests_;
              rests_.notify_all();
            }});
    service_.emplace(*host_, Completer::Options{.max_tokens = ServedModel::kMaxTokens},
                     [this](auto function) { client_.post(std::move(function)); });
    client_.run_until([this] { return service_->has_model(); });
  }
  void serve(const RefreshOptions& options = {}) { serve(options, gate_); }

  bool is_on_battery() {
    ++asked_;
    asked_.notify_all();
    return on_battery_;
  }
  /// Returns when so many pauses have begun.
  void wait_for_pause(int count) {
    for (int asked = asked_; asked < count; asked = asked_) asked_.wait(asked);
  }

  /// Returns when memory has been given back where so many rows had been refreshed.
  void wait_for_rest(std::size_t rows) {
    for (int rests = rests_; rests == 0 || rows_at_rest_ < rows; rests = rests_) rests_.wait(rests);
  }

  Completion complete(DocumentId document, std::size_t offset) {
    std::optional<Completion> made;
    service_->complete(document, {offset, std::nullopt, 0},
                       [&](const Result<std::optional<Suggestion>>& outcome) {
                         made = outcome->value().completion;
                       });
    client_.run_until([&] { return made.has_value(); });
    return std::move(*made);
  }

  /// A key at the document's beginning: all of it is stale.
  void type_in_front(DocumentId document, std::string& text) {
    const ByteEdit edit{0, 0, "q"};
    text = std::string(edit.inserted).append(text);
    service_->change(document, snapshot(text), std::span(&edit, 1));
  }

  std::size_t refreshed_rows() { return gate_.rows(kIdleThreads); }

  ServedModel model_{"llama"};
  GatedBackend& gate_ = model_.gate();
  nextline::test::UnshiftingBackend unshifting_{gate_};
  ClientThread client_;
  std::atomic<bool> on_battery_ = false;
  std::atomic<int> asked_ = 0;
  std::atomic<int> rests_ = 0;
  std::atomic<std::size_t> rows_at_rest_ = 0;
  std::optional<ModelHost> host_;
  std::optional<CompletionService> service_;
};

TEST_F(RefreshTest, WhatAnEditLeftStaleIsComputedAgainThoughNobodyAsks) {
  serve();
  std::string text = long_text(200);
  const DocumentId document = service_->open(snapshot(text));
  complete(document, text.size());
  type_in_front(document, text);
  gate_.wait_for_rows(kIdleThreads, 100);
}

TEST_F(RefreshTest, WhateverComesStopsThePassThatRefreshes) {
  serve();
  std::string text = long_text(200);
  const DocumentId document = service_->open(snapshot(text));
  const std::vector<std::function<void()>> inputs = {
      [&] { type_in_front(document, text); }, [&] { service_->move_cursor(document, 7); },
      [&] { service_->open(snapshot("import os")); },
      [&] {
        service_->complete(document, {9, std::nullopt, 0}, [](const auto&) {});
      }};
  gate_.hold(kIdleThreads);
  for (const auto& input : inputs) {
    complete(document, text.size());
    type_in_front(document, text);
    gate_.wait_for_held_pass();
    const std::size_t rows = gate_.rows(0);
    input();
    gate_.wait_for_rows(0, rows + 1);
  }
}

TEST_F(RefreshTest, EveryDocumentWithACacheHasItsTurn) {
  serve();
  on_battery_ = true;
  std::string text = long_text(200);
  const DocumentId stale = service_->open(snapshot(text));
  complete(stale, text.size());
  type_in_front(stale, text);
  complete(stale, text.size());
  const DocumentId small = service_->open(snapshot("import os\n"));
  complete(small, 10);
  ASSERT_EQ(refreshed_rows(), 0U);
  on_battery_ = false;
  service_->move_cursor(small, 3);
  gate_.wait_for_rows(kIdleThreads, 100);
}

TEST_F(RefreshTest, NothingIsRefreshedOnBattery) {
  serve();
  on_battery_ = true;
  std::string text = long_text(200);
  const DocumentId document = service_->open(snapshot(text));
  complete(document, text.size());
  for (int i = 0; i < 3; ++i) {
    const int pauses = asked_;
    type_in_front(document, text);
    wait_for_pause(pauses + 1);
  }
  complete(document, text.size());
  EXPECT_EQ(refreshed_rows(), 0U);
}

TEST_F(RefreshTest, WhereThatIsAllowedNobodyAsksForTheBattery) {
  serve({.on_battery = true});
  on_battery_ = true;
  std::string text = long_text(200);
  const DocumentId document = service_->open(snapshot(text));
  complete(document, text.size());
  type_in_front(document, text);
  gate_.wait_for_rows(kIdleThreads, 100);
  EXPECT_EQ(asked_, 0);
}

TEST_F(RefreshTest, TheBatteryIsAskedForOncePerPause) {
  serve();
  std::string text = long_text(200);
  const DocumentId document = service_->open(snapshot(text));
  complete(document, text.size());
  type_in_front(document, text);
  gate_.wait_for_rows(kIdleThreads, 100);  // Five passes at the least.
  EXPECT_LE(asked_, 3);
}

TEST_F(RefreshTest, ThereIsALimitOfTokensPerPause) {
  serve({.most_tokens = 40});
  on_battery_ = true;
  std::string text = long_text(200);
  const DocumentId document = service_->open(snapshot(text));
  complete(document, text.size());
  on_battery_ = false;
  type_in_front(document, text);
  gate_.wait_for_rows(kIdleThreads, 40);
  on_battery_ = true;
  complete(document, text.size());
  EXPECT_LE(refreshed_rows(), 40U * static_cast<std::size_t>(asked_));
}

TEST_F(RefreshTest, ItCanBeTurnedOff) {
  serve({.enabled = false});
  std::string text = long_text(200);
  const DocumentId document = service_->open(snapshot(text));
  complete(document, text.size());
  type_in_front(document, text);
  complete(document, text.size());
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(refreshed_rows(), 0U);
}

TEST_F(RefreshTest, MemoryIsGivenBackWhenAllIsExact) {
  serve();
  std::string text = long_text(200);
  const DocumentId document = service_->open(snapshot(text));
  complete(document, text.size());
  type_in_front(document, text);
  wait_for_rest(100);
}

TEST_F(RefreshTest, MemoryIsGivenBackWhereNothingIsRefreshed) {
  serve({.enabled = false});
  service_->open(snapshot("import os"));
  wait_for_rest(0);
  EXPECT_EQ(rows_at_rest_, 0U);
}

TEST_F(RefreshTest, EndsInTheMiddleOfAPass) {
  serve();
  std::string text = long_text(200);
  const DocumentId document = service_->open(snapshot(text));
  complete(document, text.size());
  gate_.hold(kIdleThreads);
  type_in_front(document, text);
  gate_.wait_for_held_pass();
  service_.reset();
  host_.reset();
}

TEST_F(RefreshTest, WithABackendThatDoesNotShiftCompletionsAreThoseOfAFreshSession) {
  serve({.enabled = false}, unshifting_);
  std::string text = "for a in b:\n    return";
  const DocumentId document = service_->open(snapshot(text));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(complete(document, text.size()).text, model_.completion_of(text));
    type_in_front(document, text);
  }
}

}  // namespace
}  // namespace nextline::lsp::test
