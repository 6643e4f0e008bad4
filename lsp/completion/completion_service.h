#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/error.h"
#include "lsp/completion/completion_host.h"
#include "lsp/completion/completion_observer.h"
#include "lsp/completion/document_completer.h"
#include "lsp/completion/model_client.h"
#include "lsp/completion/suggestion_memory.h"
#include "lsp/documents/document.h"
#include "lsp/work_status.h"

namespace nextline::lsp {

/// Is shown, on the client's thread, what takes a host long. Each may be empty.
struct ShownWork {
  std::function<void(const WorkStatus&)> loading = {};   ///< How far that of the model is.
  std::function<void(const WorkStatus&)> history = {};   ///< The reading of a repository's history.
  std::function<void(const std::string&)> failure = {};  ///< Why there is no model.
  std::function<void(const std::string&)> warning = {};  ///< What else the user should know.
};

/// Completes one client's documents while they are being edited: what the language server does,
/// without its protocol, for any program that has text and a cursor.
///
/// The model, and the thread that computes, are those of a `CompletionHost`; requests that come
/// before the model wait. What a change brings is computed at once, before anybody asks. In a
/// document the newest place wins: a request at another place, and any edit, supersede the requests
/// that wait. Requests at the same place share one completion. Where the user types along with what
/// was suggested, the rest of it is the answer, and what follows it is prepared while it is read
/// (`DocumentCompleter::Options::looks_ahead`): neither waits for the model. While the user pauses,
/// the host computes again what edits left stale. Where the device that computes fails, requests
/// wait until the CPU goes on.
///
/// Belongs to the client's thread (see `scheduler.h`): that is where its functions are called and
/// where it calls back.
class CompletionService {
 public:
  using Post = ModelClient::Post;

  /// A suggestion, which may say why there is none; nothing if the request was superseded; or why
  /// there can be none. Called once for each request that is not cancelled, after `complete` has
  /// returned. Must not call the service.
  using Reply = std::function<void(Result<std::optional<Suggestion>>)>;
  enum class Ticket : std::uint64_t {};

  /// The host must outlive the service.
  CompletionService(CompletionHost& host, const DocumentCompleter::Options& options, Post post,
                    ShownWork shown = {});
  CompletionService(const CompletionService&) = delete;
  CompletionService& operator=(const CompletionService&) = delete;
  /// Calls no reply any more. Waits until the model's thread does nothing for it, a layer of a pass
  /// at most; whatever it does for others goes on.
  ~CompletionService();

  /// Takes other options, those that may change (see `DocumentCompleter::configure`) and the
  /// switches, for all that is asked for from now on. A document that is switched off is as if it
  /// were not open: nothing is computed for it, requests that wait for it are superseded, and
  /// others are answered by why there is nothing. Once it is switched on again it has the text that
  /// it has by then.
  void configure(const DocumentCompleter::Options& options);
  const DocumentCompleter::Options& options() const { return options_; }
  /// The folders of the workspace, in place of those that were named before: what their files
  /// define is shown to the model along with the documents in them.
  void set_folders(std::vector<std::filesystem::path> folders);
  /// Files that are not open have been made, written or deleted.
  void files_changed(std::vector<std::filesystem::path> paths);

  /// Whether the model is loaded. Until then, requests wait. One that nobody has used for long may
  /// go; then the next change or request brings it back.
  bool has_model() const { return model_ && *model_; }

  /// `file` is the document's, or empty if it has none: its name tells the language.
  DocumentId open(DocumentSnapshot snapshot, std::filesystem::path file = {});
  /// The document has become what the snapshot shows, by these edits in their order. Supersedes the
  /// requests that wait for it.
  void change(DocumentId document, DocumentSnapshot snapshot, std::span<const ByteEdit> edits);
  /// The user has moved the cursor; nobody waits for anything yet.
  void move_cursor(DocumentId document, std::size_t offset);
  /// The document's file has been written as it is now.
  void save(DocumentId document);
  /// What was suggested and accepted is still there, as these bytes of the document's text.
  void kept(DocumentId document, std::size_t first, std::size_t last);
  /// Supersedes the requests that wait, and gives the document's cache back.
  void close(DocumentId document);

  /// Says later, on the client's thread, what stands of other files in front of a document. Must
  /// not call the service. Calls nobody if the document is closed meanwhile.
  using ShowContext = std::function<void(const std::vector<ContextSnippet>&)>;
  void show_context(DocumentId document, ShowContext show);

  /// Shows somebody, on the client's thread and until the document is closed, what becomes of its
  /// cache. Must not call the service.
  void watch_cache(DocumentId document, CacheViewer viewer);

  /// Asks for the next line at a place of an open document.
  Ticket complete(DocumentId document, Place place, Reply reply);
  /// What suggestions came from, a request that several wait for counted once.
  struct Answers {
    std::uint64_t by_model = 0;
    std::uint64_t typed_along = 0;  ///< The rest of a suggestion that was made before.
    std::uint64_t prepared = 0;     ///< Made before anybody asked.
    std::uint64_t made_ahead = 0;   ///< So many were, whether anybody has asked or not.
  };
  const Answers& answers() const { return answers_; }

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
    std::filesystem::path file;
    // Where it was moved to, in the snapshot's text.
    std::optional<std::size_t> cursor = std::nullopt;
    std::optional<Work> work = std::nullopt;
    std::optional<SwitchedOff> off = std::nullopt;  // Then the model's thread does not know it.
    SuggestionMemory memory = {};
    std::optional<CacheViewer> viewer = std::nullopt;  // Whom the model's thread shows its cache.
  };

  /// Looks whether a document is to be completed, and has the model's thread know it or not.
  void look_at_switches(DocumentId document, OpenDocument& open);
  /// Says to those who wait for a document's work that it is switched off.
  void answer_off(DocumentId document, const Work& work, SwitchedOff why);
  /// Has the model's thread do something before it completes anything.
  void submit(std::function<void(DocumentCompleter&)> task);
  /// Has the model's thread know the folders.
  void submit_folders();
  /// Has the model's thread know a document.
  void submit_open(DocumentId document, const OpenDocument& open);
  /// Has it show the document's cache.
  void submit_watch(DocumentId document, const CacheViewer& viewer);
  /// Once the model is there, or is known not to come.
  void take_model(const Result<void>& model);
  void lose_model(const std::optional<Error>& failure);
  /// Has the model's thread make the document's work.
  void start(DocumentId document, Work& work);
  void finish(DocumentId document, std::uint64_t work, const Result<Suggestion>& suggestion);
  /// Gives those who wait for the document's work an answer.
  void answer(OpenDocument& open, const Result<Suggestion>& suggestion,
              CompletionObserver::Source source);
  /// Answers the document's work out of its memory; says whether that is possible.
  bool recall(DocumentId document, OpenDocument& open);
  /// Has the model's thread prepare what is to be suggested once this has been accepted.
  void look_ahead(DocumentId document, const MadeSuggestion& made);
  /// Until that is done or no longer wanted. Either thread.
  void submit_look_ahead(LookAhead ahead);
  void take_prepared(const LookAhead& ahead, const DocumentCompleter::Ahead& made);
  /// Ends the document's work, whoever has done it: the model need not, and must not once the
  /// document is closed. Returns who waits for it.
  static std::vector<Work::Waiting> end_work(OpenDocument& open);
  /// Ends the document's work, if there is any, and answers nothing to those who wait for it.
  void supersede(OpenDocument& open);
  /// Has the model's thread compute what the document lacks, in small passes, until it is complete
  /// or another document is prepared.
  void prepare(DocumentId document);
  /// One pass, and those behind it. Either thread.
  void submit_preparation();
  DocumentCompleter::Options options_;
  ShownWork shown_;
  std::uint64_t last_id_ = 0;
  std::vector<std::filesystem::path> folders_;
  std::unordered_map<DocumentId, OpenDocument> documents_;
  std::optional<Result<void>> model_;   // Nothing while it is loading, or once it has gone.
  std::atomic<DocumentId> prepared_{};  // The document that is being prepared, or was last.
  std::atomic<bool> preparation_begins_ = false;  // Of that, since it was last asked for.
  std::atomic<bool> preparation_waits_ = false;   // A pass that prepares is in the queue.
  std::atomic<std::uint64_t> look_ahead_{};       // The only one that is wanted, by its number.
  Answers answers_;

  ModelClient client_;  // The last: its tasks end before what they use is gone.
};

}  // namespace nextline::lsp
