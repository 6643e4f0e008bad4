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
#include "lsp/completion/document_completer.h"
#include "lsp/completion/look_ahead.h"
#include "lsp/completion/preamble_keeper.h"
#include "lsp/completion/session_cache.h"
#include "lsp/completion/speculator.h"
#include "lsp/completion/suggestion.h"
#include "lsp/completion/trigger_rules.h"
#include "lsp/syntax/document_syntax.h"

namespace nextline::lsp {

/// Completes one client's open documents with an engine, in which their caches lie beside others'.
/// Belongs to the model's thread.
class Completer final : public DocumentCompleter, private SessionOwner {
 public:
  /// `engine` must outlive the completer. `on_context` may be empty: it is called on another thread
  /// when the engine has something to refresh again, since what stands in front of a document has
  /// been chosen, and when that thread comes to rest.
  Completer(CompletionEngine& engine, const Options& options,
            std::function<void()> on_context = {});
  /// Keeps the caches of the documents that are still open; waits for the disk. What drafts know of
  /// these stays in the engine.
  ~Completer() override;
  Completer(const Completer&) = delete;
  Completer& operator=(const Completer&) = delete;

  /// A document that has a cache already keeps as much room for what is generated, and for what is
  /// shown, as it had.
  void configure(const Options& options) override;
  void set_folders(std::vector<std::filesystem::path> folders) override;
  void files_changed(std::vector<std::filesystem::path> paths) override;

  void open(DocumentId document, SharedText text, std::filesystem::path file = {}) override;
  void change(DocumentId document, SharedText text, const Replacements& replacements) override;
  void move_cursor(DocumentId document, std::size_t cursor) override;
  void save(DocumentId document) override;
  void kept(DocumentId document, std::size_t first, std::size_t last) override;
  /// Gives the document's cache back, and keeps it on disk.
  void close(DocumentId document) override;
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
  void suggest(DocumentId document, const Place& place, const std::stop_token& stop,
               const Reply& reply) override;

  /// Up to `count` suggestions for a place that somebody asked for by hand, the first one being
  /// what `suggest` gives if that fits; see `find_candidates`. All have one prompt, so each costs
  /// its own decoding.
  Result<std::vector<Suggestion>> suggest_several(DocumentId document, const Place& place,
                                                  std::size_t count, const std::stop_token& stop);

  /// What is suggested once the document has become so; nothing where that is refused to those who
  /// have not asked by hand, also behind the next line end, where the document does not lead there,
  /// or where it was stopped. The document stays as it is; what was computed is kept beside its
  /// cache.
  std::optional<Ahead> look_ahead(const LookAhead& ahead, const std::stop_token& stop);
  void look_ahead(const LookAhead& ahead, const std::stop_token& stop,
                  const ReplyAhead& reply) override;

  /// In one small pass.
  Result<bool> prepare(DocumentId document, const std::stop_token& stop) override;
  /// Not where the document's cache has had to give way since: documents that do not fit into
  /// memory together would drive each other out for ever.
  Result<bool> go_on_preparing(DocumentId document, const std::stop_token& stop) override;

  /// What is drafted there is told with each suggestion.
  void watch(DocumentId document, CacheViewer viewer) override;

  std::vector<ContextSnippet> context_of(DocumentId document) const override;

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
