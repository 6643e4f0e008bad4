#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/error.h"
#include "lsp/completion/completion_host.h"
#include "lsp/completion/completion_observer.h"
#include "lsp/completion/document_completer.h"
#include "lsp/completion/scheduler.h"
#include "lsp/work_status.h"

namespace nextline::lsp {

class ModelHost;
class RemoteHost;

/// A client's place at a host: the way from the client's thread to its completer on the host's, and
/// back.
///
/// The model may go at any time, when nobody has used it for long, and the completer with it: what
/// is submitted then has it loaded again, and is dropped. So it goes where memory runs out, and
/// where its device fails; in the latter case it comes back by itself, on the CPU. The client hears
/// of both, in order, and hands its documents over anew.
///
/// Belongs to the client's thread, but for what says otherwise.
class ModelClient {
 public:
  using Priority = Scheduler::Priority;
  /// Has the client's thread run a function, soon and in order; not at once. Called on any thread.
  /// What is posted may run when the client is gone: then it does nothing.
  using Post = std::function<void(std::function<void()>)>;
  using Task = std::function<void(DocumentCompleter&, const std::stop_token&)>;

  /// Called on the client's thread.
  struct Handlers {
    std::function<void(const Result<void>&)> model_has_come;  ///< Or why it does not come.
    /// What those are to be told who wait for it; nothing if they may go on waiting.
    std::function<void(const std::optional<Error>& failure)> model_has_gone;
    /// What the user should know, in a sentence: a device has failed, or memory has run out; a
    /// server elsewhere does not answer.
    std::function<void(const std::string&)> warn;
    std::function<void(const WorkStatus&)> show_loading;
    std::function<void(const WorkStatus&)> show_history;
  };

  /// The host must outlive the client. Has the model loaded, unless it is there.
  ModelClient(CompletionHost& host, Post post, Handlers handlers);
  ModelClient(const ModelClient&) = delete;
  ModelClient& operator=(const ModelClient&) = delete;
  /// Stops what is computed for the client, and waits for that: a layer of a pass at most. The
  /// caches of its documents are put away later, while nobody waits.
  ~ModelClient();

  /// Has the model loaded again if it has gone; where loading it has failed, not again.
  void need_model();
  /// Makes the client's completer, once the model has come.
  void begin(const DocumentCompleter::Options& options);
  /// Has the model's thread do something with the completer; see `Scheduler`. Any thread.
  std::stop_source submit(Priority priority, Task task);
  /// Any thread that runs one of the client's tasks, or replies for its completer.
  void post(std::function<void()> function);

  DocumentId open_document();
  void close_document();

  /// Nothing is left to prepare for this client: idle work may begin. On the model's thread.
  void begin_pause();
  /// Whether the machine was on battery when the pause began. On the model's thread.
  bool is_on_battery();
  /// Any thread.
  CompletionObserver& observer();

 private:
  friend ModelHost;
  friend RemoteHost;

  CompletionHost& host_;
  Post post_;
  Handlers handlers_;
  const std::uint64_t id_;          // No other client of the host has had it.
  std::size_t open_documents_ = 0;  // For the host's count.
  std::shared_ptr<const bool> is_there_ = std::make_shared<const bool>(true);
  std::optional<Scheduler::Lane> lane_;
};

}  // namespace nextline::lsp
