#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lsp/completion/completion_service.h"
#include "lsp/completion/model_host.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {

/// A client of a model host with one document, on the test's thread.
class HostedClient {
 public:
  HostedClient(ModelHost& host, ClientThread& thread, bool looks_ahead = false,
               std::uint32_t max_tokens = ServedModel::kMaxTokens)
      : thread_(thread),
        service_(host,
                 {.max_tokens = max_tokens, .fits_suggestions = false, .looks_ahead = looks_ahead},
                 [&thread](auto function) { thread.post(std::move(function)); },
                 {.loading = [this](const auto& status) { loading_.push_back(status.message); },
                  .failure = [this](const auto& message) { failure_ = message; },
                  .warning = [this](const auto& message) { warnings_.push_back(message); }}) {}

  void load() {
    thread_.run_until([this] { return service_.has_model(); });
  }
  void open(const std::string& text, const std::filesystem::path& file = {}) {
    text_ = text;
    document_ = service_.open(snapshot(), file);
    service_.move_cursor(document_, text_.size());
  }
  void close() { service_.close(document_); }
  /// Types at the end of the text …
  void type(const std::string& inserted) { replace({text_.size(), 0, inserted}); }
  /// … or at its beginning.
  void type_in_front(const std::string& inserted) { replace({0, 0, inserted}); }

  /// Asks at the end of the text; what was asked before counts no more.
  CompletionService::Ticket ask() { return ask(text_.size()); }
  CompletionService::Ticket ask(std::size_t offset) {
    answer_.reset();
    return service_.complete(document_, {offset},
                             [this](const Result<std::optional<Suggestion>>& outcome) {
                               ++replies_;
                               if (!outcome) failure_ = outcome.error().message;
                               if (outcome && *outcome) answer_ = (*outcome)->completion;
                             });
  }
  bool is_answered() const { return answer_.has_value(); }
  Completion answer() {
    thread_.run_until([this] { return answer_.has_value(); });
    return answer_.value_or(Completion());
  }
  Completion complete() {
    ask();
    return answer();
  }

  /// How many requests have been replied to, with whatever outcome.
  int replies() const { return replies_; }

  CompletionService& service() { return service_; }
  const std::string& text() const { return text_; }
  DocumentId document() const { return document_; }
  /// What was shown of the loading so far, and what was said to have gone wrong last.
  const std::vector<std::string>& loading() const { return loading_; }
  const std::string& failure() const { return failure_; }
  /// What the user was warned of.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  DocumentSnapshot snapshot() const { return {1, 0, std::make_shared<const Text>(text_)}; }
  void replace(const ByteEdit& edit) {
    text_.replace(edit.offset, edit.removed, edit.inserted);
    service_.change(document_, snapshot(), std::span(&edit, 1));
  }

  ClientThread& thread_;
  std::string text_;
  DocumentId document_{};
  std::optional<Completion> answer_;
  std::vector<std::string> loading_;
  std::string failure_;
  std::vector<std::string> warnings_;
  int replies_ = 0;
  CompletionService service_;
};

}  // namespace nextline::lsp::test
