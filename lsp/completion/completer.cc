#include "lsp/completion/completer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <new>
#include <span>
#include <utility>

#include "lsp/completion/candidates.h"
#include "lsp/completion/confidence.h"
#include "lsp/completion/cursor_motion.h"
#include "lsp/completion/place_fitting.h"
#include "lsp/optional_part.h"
#include "lsp/workspace/file_language.h"
#include "lsp/workspace/secrets.h"

namespace nextline::lsp {
namespace {

/// Rows of a pass that prepares: many enough to be efficient, few enough not to be noticed by a
/// request that comes meanwhile.
constexpr std::uint32_t kPreparedRows = 32;

}  // namespace

Completer::Completer(CompletionEngine& engine, const Options& options,
                     std::function<void()> on_context)
    : engine_(engine), options_(options), on_context_(std::move(on_context)) {
  begin_preambles();
}

Completer::~Completer() {
  for (const auto& [id, document] : documents_) {
    Session* const session = engine_.sessions().find(id);
    if (!session) continue;
    try {
      keep(id, *session);
    } catch (const std::bad_alloc&) {
      spdlog::warn("The cache of '{}' is not kept: there is not enough memory for a copy.",
                   document.file.string());
    }
    // One by one: the memory for all their copies at once may not be there.
    if (engine_.snapshots()) engine_.snapshots()->finish();
    engine_.sessions().erase(id);
  }
}

void Completer::configure(const Options& options) {
  options_.max_tokens = options.max_tokens;
  options_.end = options.end;
  options_.triggers = options.triggers;
  options_.least_confidence = options.least_confidence;
  options_.candidates = options.candidates;
  options_.looks_ahead = options.looks_ahead;
  for (auto& [id, document] : documents_) document.reason_against_file.reset();
  if (options.context == options_.context) return;
  options_.context = options.context;
  for (SessionCache::Entry& entry : engine_.sessions().entries()) {
    if (documents_.contains(entry.document)) entry.session.set_preamble("");
  }
  begin_preambles();
}

void Completer::begin_preambles() {
  preambles_.reset();
  // Where nothing behind a change is kept, a completion would wait for all behind another preamble.
  if (!options_.context.enabled || engine_.options().reuse != Reuse::kPieces) return;
  emplace_if_possible(preambles_, "Nothing of other files is shown to the model",
                      engine_.backend().model().tokenizer(), options_.context,
                      engine_.context_length(), on_context_);
  if (!preambles_) return;
  preambles_->set_folders(folders_);
  for (const auto& [id, document] : documents_) preambles_->open(id, document.text, document.file);
}

void Completer::set_folders(std::vector<std::filesystem::path> folders) {
  folders_ = std::move(folders);
  if (preambles_) preambles_->set_folders(folders_);
}

void Completer::files_changed(std::vector<std::filesystem::path> paths) {
  if (preambles_) preambles_->files_changed(std::move(paths));
}

void Completer::open(DocumentId document, SharedText text, std::filesystem::path file) {
  // What a secret says is not for other files.
  if (auto& drafts = engine_.speculator(); drafts && !looks_like_secret(file)) {
    drafts->open(document, text);
  }
  if (engine_.history() && !file.empty()) engine_.history()->open(file);
  if (preambles_) preambles_->open(document, text, file);
  documents_[document] = {std::move(text), std::move(file), std::nullopt, nullptr};
}

void Completer::change(DocumentId document, SharedText text, const Replacements& replacements) {
  Document& changed = documents_.at(document);
  const std::size_t cursor = cursor_behind(replacements.list(), changed.gap.value_or(Gap{}).before);
  const SharedText before = std::exchange(changed.text, std::move(text));
  changed.gap = Gap{cursor, cursor};
  if (auto& drafts = engine_.speculator()) {
    drafts->change(document, changed.text, replacements.list());
  }
  if (preambles_) preambles_->change(document, changed.text);
  Session* const session = touched_session(document);
  if (!session) return changed.syntax.reset();
  session->update(*changed.text, replacements.list(), *changed.gap);
  session->mark_stale(changed.syntax->update(*before, *changed.text, replacements.list()));
  if (CacheWatch* const watch = watch_of(document)) watch->take_update(*session);
}

void Completer::move_cursor(DocumentId document, std::size_t cursor) {
  Document& moved = documents_.at(document);
  moved.gap = {cursor, cursor};
  Session* const session = touched_session(document);
  if (!session) return;
  session->update(*moved.text, {}, *moved.gap);
  if (CacheWatch* const watch = watch_of(document)) watch->take_update(*session);
}

void Completer::save(DocumentId document) {
  const Document& saved = documents_.at(document);
  if (engine_.history() && !saved.file.empty()) engine_.history()->saved(saved.file, saved.text);
  if (preambles_) preambles_->save(document);
}

void Completer::kept(DocumentId document, std::size_t first, std::size_t last) {
  const Document& in = documents_.at(document);
  if (auto& drafts = engine_.speculator(); drafts && !looks_like_secret(in.file)) {
    drafts->take_kept(*in.text, first, last);
  }
}

void Completer::close(DocumentId document) {
  if (Session* const session = engine_.sessions().find(document)) keep(document, *session);
  if (engine_.speculator()) engine_.speculator()->close(document);
  if (preambles_) preambles_->close(document);
  watches_.erase(document);
  engine_.sessions().erase(document);
  documents_.erase(document);
}

bool Completer::close_any() {
  if (documents_.empty()) return false;
  close(documents_.begin()->first);
  return true;
}

Result<Completion> Completer::complete(DocumentId document, const Place& place,
                                       const std::stop_token& stop, const Detour& detour) {
  Document& completed = documents_.at(document);
  const ByteSpan gap{place.selected ? place.selected_from : place.offset, place.offset};
  completed.gap = Gap{gap.first, gap.last};
  auto session = session_of(document);
  if (!session) return tl::unexpected(std::move(session.error()));
  CompletionOptions options = completion_options(document, place);
  options.detour = detour;
  std::optional<CompletionEnd> end = end_at(syntax_of(completed), *completed.text, place);
  if (end) options.stop = &*end;
  auto completion = (*session)->complete(options, stop);
  if (CacheWatch* const watch = watch_of(document)) watch->take_pass(**session);
  const bool is_secret = looks_like_secret(documents_.at(document).file);
  // What the model says by itself is what may be typed next.
  if (auto& drafts = engine_.speculator();
      completion && drafts && !is_secret && detour.forced.empty()) {
    drafts->take_generated((*session)->text().before().tokens(), *completion);
  }
  if (completion && end) finish(*end, *completion);
  if (completion && completion->finish_reason != FinishReason::kCancelled) {
    engine_.observer().completed(*completion, CompletionObserver::Purpose::kRequest);
  }
  return completion;
}

CompletionOptions Completer::completion_options(DocumentId document, const Place& place) {
  CompletionOptions options{.max_tokens = options_.max_tokens,
                            .typed = place.selected.value_or(""),
                            .sampling = engine_.options().sampling,
                            .tells_drafts = watches_.contains(document)};
  if (engine_.speculator()) options.drafter = &drafter_of(document);
  return options;
}

std::optional<CompletionEnd> Completer::end_at(const DocumentSyntax& syntax, std::string_view text,
                                               const Place& place) const {
  if (!options_.fits_suggestions) return std::nullopt;
  const ByteSpan gap{place.selected ? place.selected_from : place.offset, place.offset};
  return CompletionEnd(syntax.completion_at(text, gap, place.selected.value_or("")), options_.end);
}

Result<Suggestion> Completer::suggest(DocumentId id, const Place& place,
                                      const std::stop_token& stop) {
  if (place.is_automatic) {
    if (const auto why = reason_against(id, place.offset)) return Suggestion{.why_nothing = *why};
  }
  if (place.wants_others && !place.is_automatic) {
    auto several = suggest_several(id, place, options_.candidates, stop);
    if (!several) return tl::unexpected(std::move(several.error()));
    Suggestion first = std::move(several->front());
    first.others.assign(std::make_move_iterator(several->begin() + 1),
                        std::make_move_iterator(several->end()));
    return first;
  }
  auto completion = complete(id, place, stop);
  if (!completion) return tl::unexpected(std::move(completion.error()));
  const Document& document = documents_.at(id);
  Suggestion suggestion =
      suggestion_of(document.file, *document.text, place, std::move(*completion));
  if (!place.is_automatic) return suggestion;
  const auto why = why_unsure(suggestion, options_.least_confidence);
  return why ? held_back(std::move(suggestion), *why) : suggestion;
}

void Completer::suggest(DocumentId id, const Place& place, const std::stop_token& stop,
                        const Reply& reply) {
  auto suggestion = suggest(id, place, stop);
  // Of a device that has failed it is none: the request is made anew.
  if (!stop.stop_requested() && !is_broken()) reply(std::move(suggestion));
}

Result<std::vector<Suggestion>> Completer::suggest_several(DocumentId id, const Place& place,
                                                           std::size_t count,
                                                           const std::stop_token& stop) {
  const Document& document = documents_.at(id);
  return find_candidates(
      count, std::string_view(*document.text).substr(place.offset),
      [&](const Detour& detour) { return complete(id, place, stop, detour); },
      [&](Completion completion) {
        return suggestion_of(document.file, *document.text, place, std::move(completion));
      });
}

std::optional<Unasked> Completer::reason_against(DocumentId id, std::size_t offset) {
  Document& document = documents_.at(id);
  if (const auto why = reason_against_file_of(document)) return why;
  return lsp::reason_against(document.file, *document.text, offset,
                             syntax_of(document).at(*document.text, offset), options_.triggers);
}

std::optional<Unasked> Completer::reason_against_file_of(Document& document) const {
  if (!document.reason_against_file) {
    document.reason_against_file = reason_against_file(document.file, options_.triggers);
  }
  return *document.reason_against_file;
}

Suggestion Completer::suggestion_of(const std::filesystem::path& file, std::string_view text,
                                    const Place& place, Completion completion) const {
  Suggestion suggestion =
      suggestion_at(file, text, place, options_.fits_suggestions, std::move(completion));
  suggestion.drafts = spelled(engine_.backend().model().tokenizer(), suggestion.completion.drafts);
  return suggestion;
}

std::optional<Completer::Ahead> Completer::look_ahead(const LookAhead& ahead,
                                                      const std::stop_token& stop) {
  const auto found = documents_.find(ahead.document);
  if (found == documents_.end() || !found->second.gap || !found->second.syntax) return std::nullopt;
  Document& document = found->second;
  if (reason_against_file_of(document)) return std::nullopt;
  const auto way = ahead.way_from(*document.text, document.gap->before);
  Session* const session = way ? engine_.sessions().find(ahead.document) : nullptr;
  if (!session) return std::nullopt;
  const std::span<const Replacement> change(&*way, 1);

  DocumentSyntax syntax(*document.syntax);
  syntax.update(*document.text, *ahead.text, change);
  const auto refusal = lsp::reason_against(document.file, *ahead.text, ahead.cursor,
                                           syntax.at(*ahead.text, ahead.cursor), options_.triggers);
  if (refusal && refusal != Unasked::kBehindStatement) return std::nullopt;
  engine_.sessions().make_room(options_.max_tokens + engine_.options().repair.budget);
  const Place place{.offset = ahead.cursor, .is_automatic = true};
  CompletionOptions options = completion_options(ahead.document, place);
  std::optional<CompletionEnd> end = end_at(syntax, *ahead.text, place);
  if (end) options.stop = &*end;
  auto completion =
      session->look_ahead(*ahead.text, change, {ahead.cursor, ahead.cursor}, options, stop);
  if (!completion || completion->finish_reason == FinishReason::kCancelled) return std::nullopt;
  if (end) finish(*end, *completion);
  engine_.observer().completed(*completion, CompletionObserver::Purpose::kLookAhead);
  Suggestion suggestion = suggestion_of(document.file, *ahead.text, place, std::move(*completion));
  const auto unsure = why_unsure(suggestion, options_.least_confidence);
  return Ahead{std::move(suggestion), refusal.has_value(), unsure};
}

void Completer::look_ahead(const LookAhead& ahead, const std::stop_token& stop,
                           const ReplyAhead& reply) {
  reply(look_ahead(ahead, stop));
}

Result<bool> Completer::prepare(DocumentId document, const std::stop_token& stop) {
  if (!documents_.contains(document)) return false;
  auto session = session_of(document);
  if (!session) return tl::unexpected(std::move(session.error()));
  // All of it is still to be computed, so what stands in front of it costs nothing else.
  if (preambles_ && (*session)->is_opening()) preambles_->take_over(document, **session);
  if (!(*session)->is_ready()) {
    const MeasuredPass measured(budget(), **session);
    const std::uint32_t encoded_before = (*session)->encoded_tokens();
    const auto outcome = (*session)->encode_some(kPreparedRows, stop);
    if (!outcome) return tl::unexpected(outcome.error());
    if (CacheWatch* const watch = watch_of(document)) watch->take_pass(**session);
    engine_.observer().encoded((*session)->encoded_tokens() - encoded_before,
                               CompletionObserver::Purpose::kPreparation);
  }
  auto& drafts = engine_.speculator();
  const bool drafts_lack = drafts && drafts->prepare(document);
  return drafts_lack || !(*session)->is_ready();
}

Result<bool> Completer::go_on_preparing(DocumentId document, const std::stop_token& stop) {
  if (!engine_.sessions().find(document)) return false;
  return prepare(document, stop);
}

Result<PassOutcome> Completer::refresh(DocumentId id, Session& session, std::uint32_t rows,
                                       const std::stop_token& stop) {
  const MeasuredPass measured(budget(), session);
  auto outcome = session.refresh_some(rows, stop);
  if (CacheWatch* const watch = watch_of(id)) watch->take_pass(session, true);
  if (outcome && session.is_exact() && engine_.snapshots()) {
    const Document& refreshed = documents_.at(id);
    engine_.snapshots()->keep_now_and_then(refreshed.file, *refreshed.text, session);
  }
  return outcome;
}

void Completer::come_to_rest(DocumentId id, Session& session) {
  if (!preambles_ || !session.is_ready()) return;
  preambles_->take_over(id, session);
  preambles_->ask(id, documents_.at(id).text, session.gap().before);
}

void Completer::give_way(DocumentId id, Session& session) {
  keep(id, session);
  documents_.at(id).syntax.reset();
}

const DocumentSyntax& Completer::syntax_of(Document& document) {
  if (!document.syntax) {
    document.syntax = std::make_unique<DocumentSyntax>(document.file.string(), *document.text);
  }
  return *document.syntax;
}

ContextBudget* Completer::budget() { return preambles_ ? &preambles_->budget() : nullptr; }

void Completer::watch(DocumentId document, CacheViewer viewer) {
  CacheWatch& watch =
      watches_.insert_or_assign(document, CacheWatch(std::move(viewer))).first->second;
  for (const SessionCache::Entry& entry : engine_.sessions().entries()) {
    if (entry.document == document) watch.take_pass(entry.session);
  }
}

CacheWatch* Completer::watch_of(DocumentId document) {
  const auto found = watches_.find(document);
  return found == watches_.end() ? nullptr : &found->second;
}

std::vector<ContextSnippet> Completer::context_of(DocumentId document) const {
  return preambles_ ? preambles_->snippets_of(document) : std::vector<ContextSnippet>();
}

Drafter& Completer::drafter_of(DocumentId document) {
  const std::filesystem::path& file = documents_.at(document).file;
  HistoryView history;
  if (engine_.history() && !file.empty()) history = engine_.history()->view(file);
  const std::uint16_t language = language_number(language_of(file.string()));
  return engine_.speculator()->drafter(
      document, {.path = std::move(history.path), .language = language, .now = std::time(nullptr)},
      std::move(history.segments));
}

void Completer::keep(DocumentId id, Session& session) {
  const Document& kept = documents_.at(id);
  if (engine_.snapshots()) engine_.snapshots()->keep(kept.file, *kept.text, session);
}

Session* Completer::touched_session(DocumentId id) {
  Session* const session = engine_.sessions().find(id);
  if (session) session->bring_back();
  return session;
}

Result<Session*> Completer::session_of(DocumentId id) {
  Document& wanted = documents_.at(id);
  Session* session = touched_session(id);
  if (!session) {
    auto made = make_session(id, wanted);
    if (!made) return made;
    session = *made;
  } else if (wanted.gap && session->gap() != *wanted.gap) {
    session->update(*wanted.text, {}, *wanted.gap);
    if (CacheWatch* const watch = watch_of(id)) watch->take_update(*session);
  }
  engine_.sessions().make_room(kPreparedRows);
  return session;
}

Result<Session*> Completer::make_session(DocumentId id, Document& document) {
  auto session = Session::create(
      engine_.backend(), {.context_length = engine_.options().context_length,
                          .reuse = engine_.options().reuse,
                          .reserved_tokens = options_.max_tokens,
                          .repair = engine_.options().repair,
                          .preamble_tokens = preambles_ ? preambles_->reserved_for(id) : 0});
  if (!session) return tl::unexpected(std::move(session.error()));
  open_in(*session, document);
  if (preambles_) preambles_->restore(id, *session);
  syntax_of(document);
  return &engine_.sessions().insert(id, std::move(*session), *this);
}

void Completer::open_in(Session& session, Document& document) {
  auto& snapshots = engine_.snapshots();
  const auto snapshot =
      snapshots ? snapshots->load(document.file, session.storage()) : std::nullopt;
  if (!snapshot) return session.open(*document.text, document.gap.value_or(Gap{}));
  // Users go on where they stopped.
  if (!document.gap && snapshot->gap <= document.text->size() &&
      snapshot->text_hash == hash_128(std::as_bytes(std::span(*document.text)))) {
    document.gap = Gap{snapshot->gap, snapshot->gap};
  }
  session.open(*document.text, document.gap.value_or(Gap{}), *snapshot);
}

}  // namespace nextline::lsp
