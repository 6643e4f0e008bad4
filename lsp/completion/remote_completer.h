#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lsp/completion/completion_observer.h"
#include "lsp/completion/document_completer.h"
#include "lsp/completion/text_generator.h"
#include "lsp/context/context_keeper.h"
#include "lsp/syntax/document_syntax.h"

namespace nextline::lsp {

/// What is particular about asking somebody elsewhere.
struct RemoteCompletionOptions {
  /// Tokens at most, those of what is shown and of what is said together.
  std::uint32_t context_length = 4096;
  /// For how long the user must have paused before something is asked that nobody asked by hand.
  std::chrono::milliseconds pause{75};
  bool operator==(const RemoteCompletionOptions&) const = default;
};

/// Completes one client's open documents by what a `TextGenerator` says. When something is
/// suggested, where it ends, how it is fitted into the text and how sure it must be is as with a
/// model on this machine; what is kept of a cache, and drafted, is left to whoever generates.
///
/// Of each document one request is under way: the next one stops it. A request by hand that wants
/// other suggestions too is several generations at once.
///
/// **What is never shown.** A file that looks like a secret, or that git ignores, is not completed,
/// whoever asks, and nothing of it leaves this process: neither as a document nor as context.
///
/// Belongs to the host's thread; what is generated is made a suggestion on the generator's.
class RemoteCompleter final : public DocumentCompleter {
 public:
  /// The generator and the observer must outlive the completer.
  RemoteCompleter(TextGenerator& generator, CompletionObserver& observer,
                  const RemoteCompletionOptions& remote, const Options& options);
  /// Stops what is under way. Once it has returned nobody is replied to.
  ~RemoteCompleter() override;

  void configure(const Options& options) override;
  void set_folders(std::vector<std::filesystem::path> folders) override;
  void files_changed(std::vector<std::filesystem::path> paths) override;
  void open(DocumentId document, SharedText text, std::filesystem::path file) override;
  void change(DocumentId document, SharedText text, const Replacements& replacements) override;
  void move_cursor(DocumentId document, std::size_t cursor) override;
  void save(DocumentId document) override;
  void kept(DocumentId /*document*/, std::size_t /*first*/, std::size_t /*last*/) override {}
  void close(DocumentId document) override;
  void suggest(DocumentId document, const Place& place, const std::stop_token& stop,
               const Reply& reply) override;
  void look_ahead(const LookAhead& ahead, const std::stop_token& stop,
                  const ReplyAhead& reply) override;
  Result<bool> prepare(DocumentId /*document*/, const std::stop_token& /*stop*/) override {
    return false;
  }
  Result<bool> go_on_preparing(DocumentId /*document*/, const std::stop_token& /*stop*/) override {
    return false;
  }
  void watch(DocumentId /*document*/, CacheViewer /*viewer*/) override {}
  std::vector<ContextSnippet> context_of(DocumentId document) const override;

 private:
  using Clock = std::chrono::steady_clock;

  /// What is generated in case a suggestion is accepted.
  struct Ahead {
    LookAhead ahead;
    std::unique_ptr<Generation> generation;
  };
  struct Document {
    SharedText text = {};
    std::filesystem::path file = {};
    std::size_t cursor = 0;
    Clock::time_point changed = {};               // Or opened.
    SharedText asked_context = {};                // The text for which context was last chosen …
    Clock::time_point context_was_asked = {};     // … and when.
    std::unique_ptr<DocumentSyntax> syntax = {};  // Null until somebody asks.
    std::optional<Unasked> never_shown = std::nullopt;  // Why nothing of it is, whoever asks.
    std::optional<std::optional<Unasked>> reason_against_file = std::nullopt;  // Once it is known.
    std::vector<std::unique_ptr<Generation>> generations = {};
    std::optional<Ahead> ahead = std::nullopt;
  };
  /// A text with a place in it that is to be completed.
  struct Task {
    const std::filesystem::path& file;
    const SharedText& text;
    const DocumentSyntax& syntax;
    const Place& place;
  };

  static const DocumentSyntax& syntax_of(Document& document);
  /// Why nobody who has not asked by hand is answered in this file; nothing if they are.
  std::optional<Unasked> reason_against_file_of(Document& document) const;
  /// Why a place of a document is not completed.
  std::optional<Unasked> reason_for_silence(Document& document, const Place& place) const;
  /// Git ignores other files now.
  void look_at_rules();
  void begin_context();
  bool has_context(const Document& document) const;
  /// Has the document's context chosen if it is time to.
  void ask_for_context(Document& document);
  std::vector<ContextSnippet> context_of(const Document& document) const;
  /// How many bytes of it at most.
  std::size_t context_bytes() const;
  GenerationRequest request_for(const Document& document, const Task& task) const;
  /// Replies with what one generation makes.
  std::unique_ptr<Generation> generate(const Task& task, GenerationRequest request,
                                       CompletionObserver::Purpose purpose,
                                       const std::stop_token& stop, const Reply& reply);
  void suggest_several(Document& document, const Task& task, const std::stop_token& stop,
                       const Reply& reply);

  TextGenerator& generator_;
  CompletionObserver& observer_;
  const RemoteCompletionOptions remote_;
  Options options_;
  std::vector<std::filesystem::path> folders_;
  std::unique_ptr<ContextKeeper> context_;  // Null if nothing of other files is shown.
  std::unordered_map<DocumentId, Document> documents_;
};

}  // namespace nextline::lsp
