#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/error.h"
#include "engine/session/session.h"
#include "lsp/completion/cache_watch.h"
#include "lsp/completion/completion_end.h"
#include "lsp/completion/completion_engine.h"
#include "lsp/completion/document_switch.h"
#include "lsp/completion/look_ahead.h"
#include "lsp/completion/preamble_keeper.h"
#include "lsp/completion/session_cache.h"
#include "lsp/completion/speculator.h"
#include "lsp/completion/suggestion.h"
#include "lsp/completion/trigger_rules.h"
#include "lsp/syntax/document_syntax.h"

namespace nextline::lsp {

/// Where a completion is wanted.
struct Place {
  std::size_t offset = 0;  ///< The cursor, in bytes.
  /// What the completion continues in place of the bytes between `selected_from` and the cursor:
  /// the entry that is selected in an editor's menu. Without it, the text before the cursor.
  std::optional<std::string> selected = std::nullopt;
  std::size_t selected_from = 0;
  /// Whether nobody asked by hand: then there are places where nothing is suggested.
  bool is_automatic = false;
  /// Whether other suggestions are wanted beside the first one.
  bool wants_others = false;
  bool operator==(const Place&) const = default;
};

/// Completes one client's open documents with an engine, in which their caches lie beside others'.
/// Belongs to the model's thread.
class Completer : private SessionOwner {
 public:
  struct Options {
    /// Tokens that are generated at most.
    std::uint32_t max_tokens = 64;
    /// Where completions end.
    CompletionEndOptions end = {};
    /// What is shown of other files.
    ContextOptions context = {};
    /// Which documents are completed at all. Whoever owns the completer sees to it that others are
    /// not opened in it.
    DocumentSwitches switches = {};
    /// Where suggestions come without being asked for.
    TriggerOptions triggers = {};
    /// Whether completions end where their syntax does, and suggestions are what fits into the text
    /// around the place; or the first line that the model says, just as it says it.
    bool fits_suggestions = true;
    /// How sure the model must be of a suggestion that nobody asks for by hand (`confidence_of`).
    double least_confidence = 0;
    /// Suggestions for a place, together, where others are wanted beside the first one.
    std::size_t candidates = 3;
    /// Whether what will be suggested if a suggestion is accepted is prepared while it is read. Off
    /// unless asked for: it takes the processor for what may never be wanted.
    bool looks_ahead = false;
  };

  /// `engine` must outlive the completer. `on_context` may be empty: it is called on another thread
  /// when the engine has something to refresh again, since what stands in front of a document has
  /// been chosen.
  Completer(CompletionEngine& engine, const Options& options,
            std::function<void()> on_context = {});
  /// Keeps the caches of the documents that are still open; waits for the disk. What drafts know of
  /// these stays in the engine.
  ~Completer();
  Completer(const Completer&) = delete;
  Completer& operator=(const Completer&) = delete;

  /// Takes of other options what may change while documents are open: how many tokens are
  /// generated, where completions end, where suggestions come unasked and what is shown of other
  /// files. Which files are ignored is looked up anew. A document that has a cache already keeps as
  /// much room for what is generated, and for what is shown, as it had.
  void configure(const Options& options);
  /// The folders of the workspace, whose files are read for what documents may want to see.
  void set_folders(std::vector<std::filesystem::path> folders);
  /// Files that are not open have been made, written or deleted.
  void files_changed(std::vector<std::filesystem::path> paths);

  /// `file` is the document's, or empty if it has none: its name tells the language.
  void open(DocumentId document, SharedText text, std::filesystem::path file = {});
  /// The text has become `text`, by `replacements`. The cursor is taken to be behind the one that
  /// was made where it stood; of changes elsewhere (a rename, an import that is added) it stays
  /// where it is until somebody says otherwise.
  void change(DocumentId document, SharedText text, const Replacements& replacements);
  void move_cursor(DocumentId document, std::size_t cursor);
  /// The document's file has been written as it is now.
  void save(DocumentId document);
  /// What was suggested and accepted is still there, as these bytes of the document's text.
  void kept(DocumentId document, std::size_t first, std::size_t last);
  /// Gives the document's cache back, and keeps it on disk.
  void close(DocumentId document);
  /// Closes one of the documents that are open; says whether there was one.
  bool close_any();

  /// Whether the device that computes has failed: nothing comes of what is asked for any more.
  bool is_broken() const { return engine_.backend().broken_by() != nullptr; }

  /// What comes at the place, up to where its line, statement or block ends; the place becomes the
  /// document's cursor. Fails if there is no memory for the document's cache.
  Result<Completion> complete(DocumentId document, const Place& place, const std::stop_token& stop,
                              const Detour& detour = {});

  /// The same, fitted into the text around the place; or why there is nothing to suggest. With
  /// others, if they are wanted.
  Result<Suggestion> suggest(DocumentId document, const Place& place, const std::stop_token& stop);

  /// Up to `count` suggestions for a place that somebody asked for by hand, the first one being
  /// what `suggest` gives if that fits; see `find_candidates`. All have one prompt, so each costs
  /// its own decoding.
  Result<std::vector<Suggestion>> suggest_several(DocumentId document, const Place& place,
                                                  std::size_t count, const std::stop_token& stop);

  /// A suggestion for a text that a document may become.
  struct Ahead {
    Suggestion suggestion;
    /// It is made for a place behind a statement's end: who has not asked by hand is shown nothing
    /// of it before the line has been ended, too.
    bool is_behind_statement = false;
    /// Why it is not for those who have not asked by hand.
    std::optional<Unconfident> unsure = std::nullopt;
  };
  /// What is suggested once the document has become so; nothing where that is refused to those who
  /// have not asked by hand, also behind the next line end, where the document does not lead there,
  /// or where it was stopped. The document stays as it is; what was computed is kept beside its
  /// cache.
  std::optional<Ahead> look_ahead(const LookAhead& ahead, const std::stop_token& stop);

  /// Computes some of what the next completion at the document's cursor would have to, in one small
  /// pass. Says whether there is more to do.
  Result<bool> prepare(DocumentId document, const std::stop_token& stop);
  /// The same where that has begun, unless the document's cache has had to give way since:
  /// documents that do not fit into memory together would drive each other out for ever.
  Result<bool> go_on_preparing(DocumentId document, const std::stop_token& stop);

  /// Shows somebody, until the document is closed, what becomes of its cache; whoever was shown it
  /// before is not any more. What is drafted there is told with each suggestion.
  void watch(DocumentId document, CacheViewer viewer);

  /// What stands of other files in front of the document.
  std::vector<ContextSnippet> context_of(DocumentId document) const;

  /// Nothing if nothing of other files is shown.
  std::optional<PreambleKeeper>& preambles() { return preambles_; }

 private:
  struct Document {
    SharedText text;
    std::filesystem::path file;
    std::optional<Gap> gap;  // Nothing until somebody has said where the cursor is.
    // Null until it is asked for; without a session it does not follow changes, and goes.
    std::unique_ptr<DocumentSyntax> syntax;
    // Once it has been asked for: why nothing comes unasked in its file, if that is so.
    std::optional<std::optional<Unasked>> reason_against_file = std::nullopt;
  };

  /// The document's session, which is about to be used; null if there is none.
  Session* touched_session(DocumentId document);
  /// The document's session at the document's gap; made if there is none.
  Result<Session*> session_of(DocumentId document);
  Result<Session*> make_session(DocumentId id, Document& document);
  /// Opens the document's text in a new session, with what was kept of its cache.
  void open_in(Session& session, Document& document);
  void keep(DocumentId id, Session& session);
  // Of its sessions; see `SessionOwner`.
  void give_way(DocumentId id, Session& session) override;
  void come_to_rest(DocumentId id, Session& session) override;
  Result<PassOutcome> refresh(DocumentId id, Session& session, std::uint32_t rows,
                              const std::stop_token& stop) override;
  /// Begins to read what documents may want of other files, anew if it had begun.
  void begin_preambles();
  /// Learns from passes; null if nobody wants to know.
  ContextBudget* budget();
  Drafter& drafter_of(DocumentId document);
  /// Null if nobody watches the document.
  CacheWatch* watch_of(DocumentId document);
  static const DocumentSyntax& syntax_of(Document& document);
  CompletionOptions completion_options(DocumentId document, const Place& place);
  /// Where a completion at a place of this text ends; nothing if it is the first line.
  std::optional<CompletionEnd> end_at(const DocumentSyntax& syntax, std::string_view text,
                                      const Place& place) const;
  /// What is suggested where this was said at a place of a text.
  Suggestion suggestion_of(const std::filesystem::path& file, std::string_view text,
                           const Place& place, Completion completion) const;
  /// Why a place of the document is none for a request that nobody made by hand.
  std::optional<Unasked> reason_against(DocumentId id, std::size_t offset);
  /// Why no place of it is.
  std::optional<Unasked> reason_against_file_of(Document& document) const;

  CompletionEngine& engine_;
  Options options_;
  std::function<void()> on_context_;
  std::vector<std::filesystem::path> folders_;
  std::optional<PreambleKeeper> preambles_;  // Nothing if nothing of other files is shown.
  std::unordered_map<DocumentId, Document> documents_;
  std::unordered_map<DocumentId, CacheWatch> watches_;  // Of those that somebody watches.
};

}  // namespace nextline::lsp
