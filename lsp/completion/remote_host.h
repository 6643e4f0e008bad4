#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "lsp/completion/completion_host.h"
#include "lsp/completion/remote_completer.h"

namespace nextline::lsp {

/// Serves clients with what a `TextGenerator` says. Nothing is loaded, cached or computed here; its
/// thread follows documents, and never waits for the generator.
///
/// Any thread may call it.
class RemoteHost final : public CompletionHost {
 public:
  /// The generator must outlive the host, and so must the observer, which may be null.
  RemoteHost(TextGenerator& generator, const RemoteCompletionOptions& options,
             CompletionObserver* observer);
  /// All clients must be gone.
  ~RemoteHost() override;

  Gauges gauges() const override;
  bool takes_context() const override { return true; }

  /// Tells all clients something that the user should know, in a sentence.
  void warn(const std::string& sentence);

 private:
  void attach(ModelClient& client) override;
  void detach(const ModelClient& client) override;
  void need_model() override {}
  Scheduler& scheduler() override { return scheduler_; }
  CompletionObserver* observer() override { return observer_; }
  void make_completer(std::uint64_t client, const DocumentCompleter::Options& options) override;
  DocumentCompleter* completer_of(std::uint64_t client) override;

  TextGenerator& generator_;
  const RemoteCompletionOptions options_;
  CompletionObserver* const observer_;
  CompletionObserver nobody_;

  mutable std::mutex mutex_;  // Guards what follows; a completer itself is used without it.
  std::vector<ModelClient*> clients_;
  std::unordered_map<std::uint64_t, std::unique_ptr<RemoteCompleter>> completers_;  // By client.

  Scheduler scheduler_;  // Ends first.
};

}  // namespace nextline::lsp
