#include "lsp/completion/remote_completer.h"

#include <algorithm>
#include <span>
#include <utility>

#include "lsp/completion/candidates.h"
#include "lsp/completion/completion_sink.h"
#include "lsp/completion/confidence.h"
#include "lsp/completion/cursor_motion.h"
#include "lsp/completion/place_fitting.h"
#include "lsp/completion/text_window.h"
#include "lsp/workspace/ignored_file.h"
#include "lsp/workspace/secrets.h"

namespace nextline::lsp {
namespace {

/// There is no tokeniser here. Code has three to four bytes a token; with fewer the room would be
/// left unused, with more a server would refuse what is too long for it.
constexpr std::size_t kBytesPerToken = 3;

/// Tokens of what other files say, unless somebody says otherwise: what the least capable machine
/// is shown beside its own model, twice.
constexpr std::uint32_t kContextTokens = 512;

/// Between two choices of it for a document.
constexpr std::chrono::seconds kBetweenChoices{15};

std::optional<Unasked> why_never_shown(const std::filesystem::path& file) {
  if (file.empty()) return std::nullopt;
  if (looks_like_secret(file)) return Unasked::kSecret;
  if (is_ignored_by_git(file)) return Unasked::kIgnored;
  return std::nullopt;
}

/// Whether the file says what git ignores.
bool is_rules(const std::filesystem::path& file) { return file.filename() == ".gitignore"; }

/// Several suggestions for one place, as they come: all on the generator's thread.
class Several {
 public:
  Several(std::size_t count, std::string behind, DocumentCompleter::Reply reply)
      : made_(count), missing_(count), behind_(std::move(behind)), reply_(std::move(reply)) {}

  void take(std::size_t variant, Result<Suggestion> suggestion) {
    made_[variant] = std::move(suggestion);
    if (--missing_ == 0) reply_(together());
  }

 private:
  /// What is said first stays in front, if it fits; those that lead to the same text are one.
  Result<Suggestion> together() {
    std::vector<Suggestion> fitting;
    for (auto& one : made_) {
      if (!*one || (*one)->why_nothing) continue;
      const bool is_known = std::ranges::any_of(fitting, [&](const Suggestion& other) {
        return lead_to_same_text(**one, other, behind_);
      });
      if (!is_known) fitting.push_back(std::move(**one));
    }
    if (fitting.empty()) return std::move(*made_.front());
    Suggestion first = std::move(fitting.front());
    first.others.assign(std::make_move_iterator(fitting.begin() + 1),
                        std::make_move_iterator(fitting.end()));
    return first;
  }

  std::vector<std::optional<Result<Suggestion>>> made_;
  std::size_t missing_;
  std::string behind_;
  DocumentCompleter::Reply reply_;
};

}  // namespace

RemoteCompleter::RemoteCompleter(TextGenerator& generator, CompletionObserver& observer,
                                 const RemoteCompletionOptions& remote, const Options& options)
    : generator_(generator), observer_(observer), remote_(remote), options_(options) {
  begin_context();
}

RemoteCompleter::~RemoteCompleter() = default;

void RemoteCompleter::configure(const Options& options) {
  const bool has_other_context = !(options.context == options_.context);
  options_ = options;
  for (auto& [id, document] : documents_) document.reason_against_file.reset();
  if (has_other_context) begin_context();
}

void RemoteCompleter::begin_context() {
  context_.reset();
  if (!options_.context.enabled) return;
  context_ = std::make_unique<ContextKeeper>();
  context_->set_folders(folders_);
  for (auto& [id, document] : documents_) {
    document.asked_context = nullptr;
    if (!has_context(document)) continue;
    context_->open(document.file, document.text);
    ask_for_context(document);
  }
}

void RemoteCompleter::set_folders(std::vector<std::filesystem::path> folders) {
  folders_ = std::move(folders);
  if (context_) context_->set_folders(folders_);
}

void RemoteCompleter::files_changed(std::vector<std::filesystem::path> paths) {
  if (std::ranges::any_of(paths, is_rules)) look_at_rules();
  if (context_) context_->files_changed(std::move(paths));
}

void RemoteCompleter::open(DocumentId id, SharedText text, std::filesystem::path file) {
  Document& document = documents_[id];
  document = {.text = std::move(text), .file = std::move(file), .changed = Clock::now()};
  document.never_shown = why_never_shown(document.file);
  if (!has_context(document)) return;
  context_->open(document.file, document.text);
  ask_for_context(document);
}

void RemoteCompleter::change(DocumentId id, SharedText text, const Replacements& replacements) {
  Document& document = documents_.at(id);
  document.cursor = cursor_behind(replacements.list(), document.cursor);
  const SharedText before = std::exchange(document.text, std::move(text));
  document.changed = Clock::now();
  if (document.syntax) document.syntax->update(*before, *document.text, replacements.list());
  // As long as a suggestion is typed along, what follows it may still be wanted.
  if (document.ahead && !document.ahead->ahead.way_from(*document.text, document.cursor)) {
    document.ahead.reset();
  }
  if (has_context(document)) context_->change(document.file, document.text);
}

void RemoteCompleter::move_cursor(DocumentId id, std::size_t cursor) {
  documents_.at(id).cursor = cursor;
}

void RemoteCompleter::save(DocumentId id) {
  // It may be new, or hold rules for others.
  if (const auto& file = documents_.at(id).file; !file.empty()) files_changed({file});
}

void RemoteCompleter::look_at_rules() {
  for (auto& [id, document] : documents_) document.never_shown = why_never_shown(document.file);
}

void RemoteCompleter::close(DocumentId id) {
  const Document& document = documents_.at(id);
  if (has_context(document)) context_->close(document.file);
  documents_.erase(id);
}

void RemoteCompleter::suggest(DocumentId id, const Place& place, const std::stop_token& stop,
                              const Reply& reply) {
  Document& document = documents_.at(id);
  document.generations.clear();
  document.ahead.reset();
  document.cursor = place.offset;
  if (const auto why = reason_for_silence(document, place)) {
    return reply(Suggestion{.why_nothing = *why});
  }
  ask_for_context(document);
  const DocumentSyntax& syntax = syntax_of(document);
  const Task task{document.file, document.text, syntax, place};
  if (place.wants_others && !place.is_automatic && options_.candidates > 1) {
    return suggest_several(document, task, stop, reply);
  }
  GenerationRequest request = request_for(document, task);
  if (place.is_automatic) request.not_before = document.changed + remote_.pause;
  const bool is_automatic = place.is_automatic;
  const double least = options_.least_confidence;
  document.generations.push_back(
      generate(task, std::move(request), CompletionObserver::Purpose::kRequest, stop,
               [reply, is_automatic, least](Result<Suggestion> made) {
                 const auto unsure = made && is_automatic ? why_unsure(*made, least) : std::nullopt;
                 reply(unsure ? held_back(std::move(*made), *unsure) : std::move(made));
               }));
}

void RemoteCompleter::suggest_several(Document& document, const Task& task,
                                      const std::stop_token& stop, const Reply& reply) {
  const auto several =
      std::make_shared<Several>(options_.candidates, task.text->substr(task.place.offset), reply);
  for (std::size_t variant = 0; variant < options_.candidates; ++variant) {
    GenerationRequest request = request_for(document, task);
    request.variant = static_cast<std::uint32_t>(variant);
    document.generations.push_back(generate(
        task, std::move(request), CompletionObserver::Purpose::kRequest, stop,
        [several, variant](Result<Suggestion> made) { several->take(variant, std::move(made)); }));
  }
}

std::unique_ptr<Generation> RemoteCompleter::generate(const Task& task, GenerationRequest request,
                                                      CompletionObserver::Purpose purpose,
                                                      const std::stop_token& stop,
                                                      const Reply& reply) {
  const Place& place = task.place;
  const bool fits = options_.fits_suggestions;
  std::optional<CompletionEnd> end;
  if (fits) {
    const ByteSpan gap{place.selected ? place.selected_from : place.offset, place.offset};
    end.emplace(task.syntax.completion_at(*task.text, gap, place.selected.value_or("")),
                options_.end);
  }
  const auto done = [&observer = observer_, purpose, file = task.file, text = task.text, place,
                     fits, reply](Result<Completion> made) {
    if (!made) return reply(Suggestion{.why_nothing = Unavailable{made.error().message}});
    if (made->finish_reason != FinishReason::kCancelled) observer.completed(*made, purpose);
    reply(suggestion_at(file, *text, place, fits, std::move(*made)));
  };
  return generator_.generate(std::move(request),
                             std::make_shared<CompletionSink>(std::move(end), done), stop);
}

void RemoteCompleter::look_ahead(const LookAhead& ahead, const std::stop_token& /*stop*/,
                                 const ReplyAhead& reply) {
  const auto found = documents_.find(ahead.document);
  if (found == documents_.end()) return reply(std::nullopt);
  Document& document = found->second;
  document.ahead.reset();
  const auto way = ahead.way_from(*document.text, document.cursor);
  if (!way || document.never_shown || reason_against_file_of(document)) {
    return reply(std::nullopt);
  }
  DocumentSyntax syntax(syntax_of(document));
  syntax.update(*document.text, *ahead.text, std::span(&*way, 1));
  const auto refusal = reason_against(document.file, *ahead.text, ahead.cursor,
                                      syntax.at(*ahead.text, ahead.cursor), options_.triggers);
  if (refusal && refusal != Unasked::kBehindStatement) return reply(std::nullopt);
  const Place place{.offset = ahead.cursor, .is_automatic = true};
  const Task task{document.file, ahead.text, syntax, place};
  GenerationRequest request = request_for(document, task);
  // Who types against what is suggested does so soon. More urgent work here does not stop it, since
  // it takes nothing from that.
  request.not_before = Clock::now() + remote_.pause;
  const bool is_behind_statement = refusal.has_value();
  const double least = options_.least_confidence;
  auto generation = generate(
      task, std::move(request), CompletionObserver::Purpose::kLookAhead, {},
      [reply, is_behind_statement, least](Result<Suggestion> made) {
        const bool is_made =
            made && !(made->why_nothing && std::holds_alternative<Unavailable>(*made->why_nothing));
        if (!is_made) return reply(std::nullopt);
        const auto unsure = why_unsure(*made, least);
        reply(DocumentCompleter::Ahead{std::move(*made), is_behind_statement, unsure});
      });
  document.ahead.emplace(Ahead{ahead, std::move(generation)});
}

GenerationRequest RemoteCompleter::request_for(const Document& document, const Task& task) const {
  const Place& place = task.place;
  const std::string_view text = *task.text;
  std::string with_selected;
  std::string_view before = text.substr(0, place.offset);
  if (place.selected) {
    with_selected.append(text.substr(0, place.selected_from)).append(*place.selected);
    before = with_selected;
  }
  GenerationRequest request{.context = context_of(document), .max_tokens = options_.max_tokens};
  const std::size_t all = std::size_t{remote_.context_length} * kBytesPerToken;
  std::size_t taken = std::size_t{options_.max_tokens} * kBytesPerToken;
  for (const ContextSnippet& snippet : request.context) {
    taken += snippet.path.size() + snippet.text.size();
  }
  // At the least half of the room is the document's.
  const TextWindow window = window_around(before, text.substr(place.offset),
                                          std::max(all / 2, all - std::min(all, taken)));
  request.before = window.before;
  request.behind = window.behind;
  return request;
}

const DocumentSyntax& RemoteCompleter::syntax_of(Document& document) {
  if (!document.syntax) {
    document.syntax = std::make_unique<DocumentSyntax>(document.file.string(), *document.text);
  }
  return *document.syntax;
}

std::optional<Unasked> RemoteCompleter::reason_for_silence(Document& document,
                                                           const Place& place) const {
  if (document.never_shown || !place.is_automatic) return document.never_shown;
  if (const auto why = reason_against_file_of(document)) return why;
  return reason_against(document.file, *document.text, place.offset,
                        syntax_of(document).at(*document.text, place.offset), options_.triggers);
}

std::optional<Unasked> RemoteCompleter::reason_against_file_of(Document& document) const {
  if (!document.reason_against_file) {
    document.reason_against_file = reason_against_file(document.file, options_.triggers);
  }
  return *document.reason_against_file;
}

bool RemoteCompleter::has_context(const Document& document) const {
  return context_ && !document.file.empty() && !document.never_shown;
}

std::size_t RemoteCompleter::context_bytes() const {
  const std::uint32_t wanted =
      options_.context.most_tokens > 0 ? options_.context.most_tokens : kContextTokens;
  return std::size_t{std::min(wanted, remote_.context_length / 4)} * kBytesPerToken;
}

void RemoteCompleter::ask_for_context(Document& document) {
  if (!has_context(document)) return;
  const auto now = Clock::now();
  if (document.asked_context == document.text) return;
  if (document.asked_context && now - document.context_was_asked < kBetweenChoices) return;
  document.asked_context = document.text;
  document.context_was_asked = now;
  context_->choose(document.file, document.cursor, context_bytes());
}

std::vector<ContextSnippet> RemoteCompleter::context_of(const Document& document) const {
  if (!has_context(document)) return {};
  const auto chosen = context_->context_of(document.file);
  return chosen ? chosen->snippets : std::vector<ContextSnippet>();
}

std::vector<ContextSnippet> RemoteCompleter::context_of(DocumentId id) const {
  return context_of(documents_.at(id));
}

}  // namespace nextline::lsp
