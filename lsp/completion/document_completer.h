#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/session/replacement.h"
#include "lsp/completion/cache_watch.h"
#include "lsp/completion/completion_end.h"
#include "lsp/completion/context_budget.h"
#include "lsp/completion/document_switch.h"
#include "lsp/completion/look_ahead.h"
#include "lsp/completion/session_cache.h"
#include "lsp/completion/speculator.h"
#include "lsp/completion/suggestion.h"
#include "lsp/completion/trigger_rules.h"
#include "lsp/context/context_chooser.h"

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

/// Completes one client's open documents: what a `CompletionService` asks for, whatever says what
/// comes next. A `Completer` has a model on this machine, a `RemoteCompleter` a server elsewhere.
///
/// Belongs to the thread of a `CompletionHost`, which never waits for anything but computing.
class DocumentCompleter {
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

  DocumentCompleter() = default;
  DocumentCompleter(const DocumentCompleter&) = delete;
  DocumentCompleter& operator=(const DocumentCompleter&) = delete;
  virtual ~DocumentCompleter() = default;

  /// Takes of other options what may change while documents are open: how many tokens are
  /// generated, where completions end, where suggestions come unasked and what is shown of other
  /// files. Which files are ignored is looked up anew.
  virtual void configure(const Options& options) = 0;
  /// The folders of the workspace, whose files are read for what documents may want to see.
  virtual void set_folders(std::vector<std::filesystem::path> folders) = 0;
  /// Files that are not open have been made, written or deleted.
  virtual void files_changed(std::vector<std::filesystem::path> paths) = 0;

  /// `file` is the document's, or empty if it has none: its name tells the language.
  virtual void open(DocumentId document, SharedText text, std::filesystem::path file) = 0;
  /// The text has become `text`, by `replacements`. The cursor is taken to be behind the one that
  /// was made where it stood; of changes elsewhere (a rename, an import that is added) it stays
  /// where it is until somebody says otherwise.
  virtual void change(DocumentId document, SharedText text, const Replacements& replacements) = 0;
  virtual void move_cursor(DocumentId document, std::size_t cursor) = 0;
  /// The document's file has been written as it is now.
  virtual void save(DocumentId document) = 0;
  /// What was suggested and accepted is still there, as these bytes of the document's text.
  virtual void kept(DocumentId document, std::size_t first, std::size_t last) = 0;
  virtual void close(DocumentId document) = 0;

  /// Called once, within the call that asks or later, on this thread or another; not at all where
  /// the request is stopped, or is to be made anew of who comes in the completer's place. Must not
  /// call the completer.
  using Reply = std::function<void(Result<Suggestion>)>;
  /// What comes at the place, up to where its line, statement or block ends, fitted into the text
  /// around it; or why there is nothing to suggest. With others, if they are wanted. The place
  /// becomes the document's cursor.
  virtual void suggest(DocumentId document, const Place& place, const std::stop_token& stop,
                       const Reply& reply) = 0;

  /// A suggestion for a text that a document may become.
  struct Ahead {
    Suggestion suggestion;
    /// It is made for a place behind a statement's end: who has not asked by hand is shown nothing
    /// of it before the line has been ended, too.
    bool is_behind_statement = false;
    /// Why it is not for those who have not asked by hand.
    std::optional<Unconfident> unsure = std::nullopt;
  };
  /// As `Reply`; told nothing where it is refused or was stopped.
  using ReplyAhead = std::function<void(std::optional<Ahead>)>;
  /// What is suggested once the document has become what the look ahead says. The document stays as
  /// it is.
  virtual void look_ahead(const LookAhead& ahead, const std::stop_token& stop,
                          const ReplyAhead& reply) = 0;

  /// Computes some of what the next completion at the document's cursor would have to. Says whether
  /// there is more to do.
  virtual Result<bool> prepare(DocumentId document, const std::stop_token& stop) = 0;
  /// The same where that has begun.
  virtual Result<bool> go_on_preparing(DocumentId document, const std::stop_token& stop) = 0;

  /// Shows somebody, until the document is closed, what becomes of its cache, if there is one here;
  /// whoever was shown it before is not any more.
  virtual void watch(DocumentId document, CacheViewer viewer) = 0;

  /// What stands of other files in front of the document.
  virtual std::vector<ContextSnippet> context_of(DocumentId document) const = 0;
};

}  // namespace nextline::lsp
