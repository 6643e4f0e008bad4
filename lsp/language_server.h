#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lsp/cache_requests.h"
#include "lsp/client_requests.h"
#include "lsp/client_window.h"
#include "lsp/client_workspace.h"
#include "lsp/completion/completion_service.h"
#include "lsp/documents/document_room.h"
#include "lsp/documents/document_store.h"
#include "lsp/feedback/feedback.h"
#include "lsp/protocol/framing.h"
#include "lsp/protocol/message.h"
#include "lsp/protocol/types.h"
#include "lsp/settings/pinned_settings.h"
#include "lsp/work_done_progress.h"

namespace nextline::lsp {

/// Speaks LSP 3.18 with one client: what comes in is checked and decoded, what is asked for is done
/// by the completion service, and its answers are spelled as LSP wants them. Knows neither the
/// transport, which hands messages in and carries them out, nor the model.
///
/// Whatever arrives, every request is answered once: with its result, with `null` if it was
/// superseded, or with an error that says what is wrong.
///
/// Belongs to the client's thread (see `completion/scheduler.h`).
class LanguageServer {
 public:
  using Send = std::function<void(const Message&)>;

  /// Requests that wait for a completion. Where there are more, the one that has waited longest is
  /// superseded: whoever asks again wants the newest answer.
  static constexpr std::size_t kMostPending = 256;

  /// `service` must outlive the language server. Its options are the client's settings as long as
  /// the client says nothing else, and those that are pinned whatever it says. Its documents have
  /// their places in `room`.
  LanguageServer(CompletionService& service, std::string version, Send send,
                 Feedback::Options feedback = {}, PinnedSettings pinned = {},
                 DocumentRoom room = DocumentRoom());
  LanguageServer(const LanguageServer&) = delete;
  LanguageServer& operator=(const LanguageServer&) = delete;
  /// Gives up what is not answered, and the client's documents. Sends nothing.
  ~LanguageServer();

  /// Takes what the transport has read: a message, or why there is none.
  void receive(const MessageReader::Outcome& message);

  /// Shows how far the model's loading is, where the client can show it.
  void show(const WorkStatus& status) { progress_.show(status); }
  /// The same of the reading of a repository's history.
  void show_history(const WorkStatus& status) { history_progress_.show(status); }
  /// Shows a message to the user, at once or as soon as the client is ready for it, but only once.
  void show_error(const std::string& message) { window_.show(MessageType::kError, message); }
  void show_warning(const std::string& message) { window_.show(MessageType::kWarning, message); }

  /// The status that the process is to end with, once the client has said `exit`: 0 if it had said
  /// `shutdown`, else 1.
  std::optional<int> exit_status() const { return exit_status_; }

  /// Whether the client has said `shutdown`: it may go at any time now, with or without `exit`.
  bool is_shut_down() const { return phase_ == Phase::kShutDown; }

  /// An open document; null if there is none of this URI.
  const Document* document(const std::string& uri) const {
    return documents_ ? documents_->find(uri) : nullptr;
  }

 private:
  enum class Phase : std::uint8_t { kNew, kInitialized, kShutDown };

  struct OpenDocument {
    DocumentId id;
    bool in_step = true;  // False: a change could not be applied, so the text is not the client's.
  };

  /// What the client would have at a place, as the result of its request.
  using Spell = std::function<boost::json::value(const Suggestion&)>;

  /// Something that `workspace/executeCommand` does.
  struct CommandMethod {
    std::string_view name;
    void (LanguageServer::*execute)(const Request&, const ExecuteCommandParams&);
  };
  static std::span<const CommandMethod> commands();

  void take(const Request& request);
  void take(const Notification& notification);
  void take(const Response& response);

  // Requests.
  void initialize(const Request& request);
  void shut_down(const Request& request);
  void complete(const Request& request);
  void complete_inline(const Request& request);
  void execute_command(const Request& request);
  void tell_cache(const Request& request);
  void tell_document(const Request& request);

  // Commands.
  void why_nothing(const Request& request, const ExecuteCommandParams& params);
  void did_accept(const Request& request, const ExecuteCommandParams& params);
  void tell_statistics(const Request& request, const ExecuteCommandParams& params);
  void erase_statistics(const Request& request, const ExecuteCommandParams& params);

  // Notifications.
  void initialized(const Notification& notification);
  void exit(const Notification& notification);
  void did_open(const Notification& notification);
  void did_change(const Notification& notification);
  void did_save(const Notification& notification);
  void did_close(const Notification& notification);
  void did_move_cursor(const Notification& notification);
  void did_show(const Notification& notification);
  void did_accept_partly(const Notification& notification);
  void cancel_request(const Notification& notification);
  void did_change_configuration(const Notification& notification);
  void did_change_workspace_folders(const Notification& notification);
  void did_change_watched_files(const Notification& notification);

  /// Has nobody complete a document any more, or hear of its cache.
  void forget(std::unordered_map<std::string, OpenDocument>::iterator open);
  /// Tells the user that a document is left out, and why.
  void tell_left_out(const std::string& uri);
  /// Answers, and gives null, if the document is left out, or the client has no such document or
  /// none that is in step: the former by nothing, the others by an error.
  const OpenDocument* find_for_request(const RequestId& request, const std::string& uri);
  void ask(const RequestId& request, const OpenDocument& document, Place place, Spell spell);
  void supersede_oldest();

  void answer(const RequestId& id, boost::json::value result) {
    send_(Response{id, std::move(result)});
  }
  void fail(const RequestId& id, ErrorCode code, std::string message) {
    send_(error_response(id, code, std::move(message)));
  }
  void fail(const RequestId& id, ResponseError error) {
    send_(Response{id, tl::unexpected(std::move(error))});
  }

  CompletionService& service_;
  std::string version_;
  Send send_;
  Phase phase_ = Phase::kNew;
  std::optional<int> exit_status_;
  ClientCapabilities capabilities_;
  ClientRequests requests_;
  ClientWindow window_;
  ClientWorkspace workspace_;
  StatisticsStore* statistics_;  // Null if none are kept.
  Feedback feedback_;
  WorkDoneProgress progress_;
  WorkDoneProgress history_progress_;
  DocumentRoom room_;
  std::optional<DocumentStore> documents_;              // Once the position encoding is known.
  std::unordered_map<std::string, OpenDocument> open_;  // By URI, those in documents_.
  std::map<RequestId, CompletionService::Ticket> pending_;
  CacheRequests cache_requests_;
  std::string last_outcome_ = "Nothing has been asked for.";  // What became of the last request.
};

}  // namespace nextline::lsp
