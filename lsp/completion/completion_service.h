#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/error.h"
#include "engine/session/session.h"
#include "lsp/completion/completer.h"
#include "lsp/completion/scheduler.h"
#include "lsp/documents/document.h"

namespace nextline::lsp {

/// Completes documents while they are being edited: what the language server does, without its
/// protocol, for any program that has text and a cursor.
///
/// Loads the model on a thread of its own and computes there; requests that come before wait. In a
/// document the newest place wins: a request at another place, and any edit, supersede the requests
/// that wait. Requests at the same place share one completion.
///
/// Belongs to the client's thread (see `scheduler.h`): that is where its functions are called and
/// where it calls back.
class CompletionService {
 public:
  /// Loads the model; runs on the model's thread. The backend must outlive the service.
  using Load = std::function<Result<Backend*>(const std::stop_token&)>;
  /// Has the client's thread run a function, soon and in order. Called on the model's thread. What
  /// is posted must not run once the service is gone.
  using Post = std::function<void(std::function<void()>)>;

  /// Where a completion is wanted.
  struct Place {
    std::size_t offset = 0;  ///< In bytes, in the document's text.
    /// What the completion continues in place of the bytes between `selected_from` and `offset`:
    /// the entry that is selected in an editor's menu. Without it, the text before the cursor.
    std::optional<std::string> selected;
    std::size_t selected_from = 0;
    bool operator==(const Place&) const = default;
  };

  /// A completion; nothing if the request was superseded; or why there can be none. Called once for
  /// each request that is not cancelled, after `complete` has returned. Must not call the service.
  using Reply = std::function<void(Result<std::optional<Completion>>)>;
  enum class Ticket : std::uint64_t {};

  CompletionService(Load load, const Completer::Options& options, Post post);
  CompletionService(const CompletionService&) = delete;
  CompletionService& operator=(const CompletionService&) = delete;
  /// Calls no reply any more. Waits until the model's thread has stopped, a layer of a pass at most
  /// unless the model is still loading.
  ~CompletionService();

  DocumentId open(DocumentSnapshot snapshot);
  /// The document has changed; supersedes the requests that wait for it.
  void change(DocumentId document, DocumentSnapshot snapshot);
  /// Supersedes the requests that wait, and gives the document's cache back.
  void close(DocumentId document);

  /// Asks for the next line at a place of an open document.
  Ticket complete(DocumentId document, Place place, Reply reply);
  /// Forgets a request: its reply is not called, and the model stops unless others wait for the
  /// same. Without effect if the request has been answered.
  void cancel(Ticket ticket);

 private:
  /// A completion that is being made, and who waits for it.
  struct Work {
    struct Waiting {
      Ticket ticket;
      Reply reply;
    };
    std::uint64_t id;
    Place place;
    std::vector<Waiting> waiting;
    std::stop_source stop;
  };
  struct OpenDocument {
    DocumentSnapshot snapshot;
    std::optional<Work> work;
  };

  /// Has the model's thread complete the open document at the place.
  Work start(DocumentId document, const OpenDocument& open, Place place);
  /// On the model's thread: has the client's thread finish the work.
  void deliver(DocumentId document, std::uint64_t work, Result<Completion> completion);
  void finish(DocumentId document, std::uint64_t work, Result<Completion> completion);
  /// Ends the document's work, if there is any, and answers nothing to those who wait for it.
  void supersede(OpenDocument& open);

  Completer::Options options_;
  Post post_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<DocumentId, OpenDocument> documents_;

  // Of the model's thread: one of the two, once the first task has loaded the model.
  std::unique_ptr<Completer> completer_;
  std::optional<Error> load_error_;

  Scheduler scheduler_;  // The last: its thread ends before what its tasks use is gone.
};

}  // namespace nextline::lsp
