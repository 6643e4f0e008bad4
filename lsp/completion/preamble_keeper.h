#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/session/session.h"
#include "engine/tokenizer/tokenizer.h"
#include "lsp/completion/context_budget.h"
#include "lsp/completion/session_cache.h"
#include "lsp/completion/speculator.h"
#include "lsp/context/context_keeper.h"

namespace nextline::lsp {

/// Puts what other files define in front of open documents: a session's preamble, chosen by a
/// `ContextKeeper` on its thread.
///
/// A choice is asked for when a document is opened, when it is the first to be idle after another
/// was, and, not often, when its text has changed. It is taken over while nobody waits, or while
/// the document is still being computed for the first time, since all behind it is to be computed
/// again then.
///
/// Belongs to the model's thread. A document without a file, or whose file looks like a secret, has
/// no preamble.
class PreambleKeeper {
 public:
  using Clock = std::chrono::steady_clock;
  using Now = std::function<Clock::time_point()>;

  /// Between two choices for a document that stays the one used last.
  static constexpr std::chrono::seconds kBetweenChoices{15};

  /// `on_news` is called, on another thread, when there is something to take over, and when that
  /// thread comes to rest. The tokeniser must outlive the keeper.
  PreambleKeeper(const Tokenizer& tokenizer, const ContextOptions& options,
                 std::uint32_t context_length, std::function<void()> on_news, Now now = Clock::now);

  void set_folders(std::vector<std::filesystem::path> folders);
  void files_changed(std::vector<std::filesystem::path> paths);

  void open(DocumentId document, const SharedText& text, const std::filesystem::path& file);
  void change(DocumentId document, const SharedText& text);
  void save(DocumentId document);
  void close(DocumentId document);

  /// What of the context a document's session is to keep free, in tokens.
  std::uint32_t reserved_for(DocumentId document) const;
  /// What passes tell of the machine.
  ContextBudget& budget() { return budget_; }

  /// Gives the document's session the preamble that it had, if that was another one.
  void restore(DocumentId document, Session& session) const;
  /// Gives the session what has been chosen meanwhile.
  void take_over(DocumentId document, Session& session);
  /// The document is the one used last, and nobody waits: has its context chosen if it is time to.
  void ask(DocumentId document, const SharedText& text, std::size_t cursor);

  /// What stands in front of the document.
  std::vector<ContextSnippet> snippets_of(DocumentId document) const;

  /// Waits until everything has been read and chosen.
  void finish() { keeper_.finish(); }

 private:
  struct Document {
    std::filesystem::path file;
    std::shared_ptr<const DocumentContext> context;  // That its session has. Null: none yet.
    SharedText asked_text;                           // For which it was last chosen …
    Clock::time_point asked;                         // … and when.
  };

  Document* find(DocumentId document);
  const Document* find(DocumentId document) const;

  Now now_;
  ContextBudget budget_;
  std::unordered_map<DocumentId, Document> documents_;
  DocumentId in_focus_{};
  ContextKeeper keeper_;
};

}  // namespace nextline::lsp
