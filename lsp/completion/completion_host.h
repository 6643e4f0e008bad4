#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "lsp/completion/completion_observer.h"
#include "lsp/completion/document_completer.h"
#include "lsp/completion/scheduler.h"

namespace nextline::lsp {

class ModelClient;

/// What says, for all clients of a process, what comes next in their documents: a model on this
/// machine (`ModelHost`) or a server elsewhere (`RemoteHost`). It has a thread, on which each
/// client has a completer of its own. A client is a `CompletionService`.
///
/// Any thread may call it.
class CompletionHost {
 public:
  CompletionHost() = default;
  CompletionHost(const CompletionHost&) = delete;
  CompletionHost& operator=(const CompletionHost&) = delete;
  /// All clients must be gone.
  virtual ~CompletionHost() = default;

  /// How things stand, as nearly as can be told without waiting.
  struct Gauges {
    std::size_t clients = 0;
    std::size_t open_documents = 0;  ///< Of all clients, those that are switched off included.
    std::size_t cache_bytes = 0;     ///< Memory of the documents' caches.
    bool is_loading = false;
    bool is_loaded = false;
    /// Why the CPU computes in place of the device that the model was loaded onto, in a sentence;
    /// empty if it does not.
    std::string device_failure = {};
  };
  virtual Gauges gauges() const = 0;

  /// Whether it can be shown what other files define: a model computes that in pauses.
  virtual bool takes_context() const = 0;

 protected:
  std::size_t open_documents() const { return open_documents_; }

 private:
  friend ModelClient;

  /// From now on the client hears whether there is a model, and what else the user should know.
  virtual void attach(ModelClient& client) = 0;
  /// The client goes: its completer is not used any more, and calls nobody once this has returned.
  virtual void detach(const ModelClient& client) = 0;
  /// Has the model loaded again if it has gone; where loading it has failed, not again.
  virtual void need_model() = 0;
  virtual Scheduler& scheduler() = 0;
  /// May be null.
  virtual CompletionObserver* observer() = 0;

  // The rest is called on the host's thread.
  virtual void make_completer(std::uint64_t client, const DocumentCompleter::Options& options) = 0;
  /// The client's; null if there is none.
  virtual DocumentCompleter* completer_of(std::uint64_t client) = 0;
  /// Sees to what has changed while something ran.
  virtual void look_after() {}
  /// Whether the model has gone because memory has run out: only what is done next has it come
  /// back, not what was under way.
  virtual bool has_run_short() const { return false; }
  /// Nothing is left to prepare for some client: idle work may begin.
  virtual void begin_pause() {}
  /// Whether computing in advance is to be left because the machine runs on battery.
  virtual bool is_on_battery() { return false; }

  std::atomic<std::uint64_t> last_id_ = 0;  // Of clients and documents.
  std::atomic<std::size_t> open_documents_ = 0;
  CompletionObserver nobody_;
};

}  // namespace nextline::lsp
