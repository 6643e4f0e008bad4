#include "lsp/completion/completion_service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <string>
#include <utility>

#include "engine/session/shift_check.h"
#include "lsp/completion/place_fitting.h"

namespace nextline::lsp {
namespace {

/// Rows of a pass that refreshes. On one thread of two, the default model takes a tenth of a second
/// for so many; it stops between layers, and then these rows are lost.
constexpr std::uint32_t kRefreshedRows = 32;

/// The options that are safe with this backend: of a model whose cache would not survive an edit,
/// only what stands before the edit is kept.
Completer::Options checked(const Completer::Options& options, Backend& backend,
                           const std::stop_token& stop) {
  Completer::Options safe = options;
  if (options.reuse != Reuse::kPieces && options.reuse != Reuse::kRotated) return safe;
  const auto check = check_shift(backend, stop);
  if ((check && check->passes()) || stop.stop_requested()) return safe;
  safe.reuse = Reuse::kCommonPrefix;
  spdlog::warn(
      "This model's positions do not shift ({}). After an edit, all that stands behind it is "
      "computed again.",
      check ? "their logits differ by " + std::to_string(check->divergence) + " nat of KL"
            : check.error().message);
  return safe;
}

SharedText text_of(const DocumentSnapshot& snapshot) {
  return {snapshot.text, &snapshot.text->bytes()};
}

}  // namespace

CompletionService::CompletionService(Load load, const Completer::Options& options, Post post,
                                     const RefreshOptions& refresh, IsOnBattery is_on_battery,
                                     ShowHistory show_history)
    : options_(options),
      refresh_options_(refresh),
      is_on_battery_(std::move(is_on_battery)),
      show_history_(std::move(show_history)),
      post_(std::move(post)),
      scheduler_(refresh.pause) {
  // What other files define is computed in pauses.
  options_.context.enabled &= refresh.enabled;
  scheduler_.submit(Priority::kChange, [this, load = std::move(load)](const std::stop_token& stop) {
    auto backend = load(stop);
    if (!stop.stop_requested()) {
      post_([this, backend = std::move(backend)] { take_model(backend); });
    }
  });
}

CompletionService::~CompletionService() = default;

void CompletionService::take_model(Result<Backend*> backend) {
  if (!backend) {
    model_ = tl::unexpected(backend.error());
  } else {
    model_.emplace();
    scheduler_.submit(Priority::kChange, [this, made = *backend,
                                          options = options_](const std::stop_token& stop) {
      const auto show_history = [this](const WorkStatus& status) {
        if (show_history_) post_([this, status] { show_history_(status); });
      };
      completer_ = std::make_unique<Completer>(*made, checked(options, *made, stop), show_history,
                                               [this] { post_([this] { resume_refresh(); }); });
    });
    submit_folders();
  }
  for (auto& [document, open] : documents_) {
    if (open.off) continue;
    if (backend) submit_open(document, open);
    if (open.work) start(document, *open.work);
  }
  if (backend && prepared_.load() != DocumentId{}) prepare(prepared_);
}

void CompletionService::configure(const Completer::Options& options) {
  options_ = options;
  if (has_model()) {
    scheduler_.submit(Priority::kChange,
                      [this, options](const std::stop_token&) { completer_->configure(options); });
  }
  for (auto& [document, open] : documents_) {
    open.memory = {};  // It might be suggested otherwise now, or not at all.
    look_at_switches(document, open);
  }
}

void CompletionService::look_at_switches(DocumentId document, OpenDocument& open) {
  const bool was_off = open.off.has_value();
  open.off = why_off(options_.switches, open.file);
  if (open.off.has_value() == was_off) return;
  if (open.off) supersede(open);
  if (!has_model()) return;
  if (open.off) {
    scheduler_.submit(Priority::kChange,
                      [this, document](const std::stop_token&) { completer_->close(document); });
    return;
  }
  submit_open(document, open);
  if (open.cursor) {
    move_cursor(document, *open.cursor);
  } else if (prepared_.load() == document) {
    prepare(document);
  }
}

void CompletionService::set_folders(std::vector<std::filesystem::path> folders) {
  folders_ = std::move(folders);
  if (has_model()) submit_folders();
}

void CompletionService::submit_folders() {
  scheduler_.submit(Priority::kChange, [this, folders = folders_](const std::stop_token&) {
    completer_->set_folders(folders);
  });
}

void CompletionService::files_changed(std::vector<std::filesystem::path> paths) {
  if (!has_model()) return;
  scheduler_.submit(Priority::kChange, [this, paths = std::move(paths)](const std::stop_token&) {
    completer_->files_changed(paths);
  });
}

void CompletionService::show_context(DocumentId document, ShowContext show) {
  const auto tell = [this, document, show = std::move(show)](std::vector<ContextSnippet> snippets) {
    post_([this, document, show, snippets = std::move(snippets)] {
      if (documents_.contains(document)) show(snippets);
    });
  };
  if (!has_model()) return tell({});
  scheduler_.submit(Priority::kChange, [this, document, tell](const std::stop_token&) {
    tell(completer_->context_of(document));
  });
}

DocumentId CompletionService::open(DocumentSnapshot snapshot, std::filesystem::path file) {
  const DocumentId document{++last_id_};
  const auto [open, is_new] =
      documents_.emplace(document, OpenDocument{std::move(snapshot), std::move(file)});
  open->second.off = why_off(options_.switches, open->second.file);
  if (open->second.off) return document;
  if (has_model()) submit_open(document, open->second);
  prepare(document);
  return document;
}

void CompletionService::submit_open(DocumentId document, const OpenDocument& open) {
  scheduler_.submit(Priority::kChange,
                    [this, document, text = text_of(open.snapshot), file = open.file](
                        const std::stop_token&) { completer_->open(document, text, file); });
  if (open.viewer) submit_watch(document, *open.viewer);
}

void CompletionService::watch_cache(DocumentId document, CacheViewer viewer) {
  viewer.show = [this, document, show = std::move(viewer.show)](CacheReport report) {
    post_([this, document, show, report = std::move(report)] {
      if (documents_.contains(document)) show(report);
    });
  };
  OpenDocument& open = documents_.at(document);
  open.viewer = std::move(viewer);
  if (has_model() && !open.off) submit_watch(document, *open.viewer);
}

void CompletionService::submit_watch(DocumentId document, const CacheViewer& viewer) {
  scheduler_.submit(Priority::kChange, [this, document, viewer](const std::stop_token&) {
    completer_->watch(document, viewer);
  });
}

void CompletionService::change(DocumentId document, DocumentSnapshot snapshot,
                               std::span<const ByteEdit> edits) {
  OpenDocument& open = documents_.at(document);
  open.snapshot = std::move(snapshot);
  open.cursor.reset();
  supersede(open);
  if (open.off || !has_model() || edits.empty()) return;
  Replacements replacements;
  for (const ByteEdit& edit : edits) {
    replacements.add(edit.offset, edit.removed, edit.inserted.size());
  }
  scheduler_.submit(
      Priority::kChange,
      [this, document, text = text_of(open.snapshot), replacements = std::move(replacements)](
          const std::stop_token&) { completer_->change(document, text, replacements); });
  prepare(document);
}

void CompletionService::move_cursor(DocumentId document, std::size_t offset) {
  OpenDocument& open = documents_.at(document);
  open.cursor = offset;
  if (open.off || !has_model()) return;
  scheduler_.submit(Priority::kChange, [this, document, offset](const std::stop_token&) {
    completer_->move_cursor(document, offset);
  });
  prepare(document);
}

void CompletionService::save(DocumentId document) {
  if (documents_.at(document).off || !has_model()) return;
  scheduler_.submit(Priority::kChange,
                    [this, document](const std::stop_token&) { completer_->save(document); });
}

void CompletionService::kept(DocumentId document, std::size_t first, std::size_t last) {
  if (!has_model()) return;
  scheduler_.submit(Priority::kChange, [this, document, first, last](const std::stop_token&) {
    completer_->kept(document, first, last);
  });
}

void CompletionService::close(DocumentId document) {
  OpenDocument& open = documents_.at(document);
  supersede(open);
  const bool is_known = has_model() && !open.off;
  documents_.erase(document);
  if (!is_known) return;
  scheduler_.submit(Priority::kChange,
                    [this, document](const std::stop_token&) { completer_->close(document); });
}

CompletionService::Ticket CompletionService::complete(DocumentId document, Place place,
                                                      Reply reply) {
  OpenDocument& open = documents_.at(document);
  assert(place.offset <= open.snapshot.text->bytes().size() && place.selected_from <= place.offset);
  const Ticket ticket{++last_id_};
  if (!open.work || open.work->place != place) {
    supersede(open);
    open.work = Work{++last_id_, std::move(place), {}, std::stop_source(std::nostopstate)};
    if (open.off) {
      answer_off(document, *open.work, *open.off);
    } else if (model_ && !recall(document, open)) {
      start(document, *open.work);
    }
  }
  open.work->waiting.push_back({ticket, std::move(reply)});
  return ticket;
}

void CompletionService::cancel(Ticket ticket) {
  for (auto& [document, open] : documents_) {
    if (!open.work) continue;
    std::erase_if(open.work->waiting,
                  [&](const Work::Waiting& waiting) { return waiting.ticket == ticket; });
    if (!open.work->waiting.empty()) continue;
    open.work->stop.request_stop();
    open.work.reset();
  }
}

void CompletionService::start(DocumentId document, Work& work) {
  if (!*model_) {
    return post_([this, document, id = work.id, error = model_->error()] {
      finish(document, id, tl::unexpected(error));
    });
  }
  work.stop = scheduler_.submit(
      Priority::kCompletion,
      [this, document, id = work.id, place = work.place](const std::stop_token& stop) {
        auto suggestion = completer_->suggest(document, place, stop);
        if (stop.stop_requested()) return;
        post_([this, document, id, suggestion = std::move(suggestion)] {
          finish(document, id, suggestion);
        });
      });
  prepare(document);
}

void CompletionService::answer_off(DocumentId document, const Work& work, SwitchedOff why) {
  post_([this, document, id = work.id, why] {
    finish(document, id, Suggestion{.why_nothing = why});
  });
}

void CompletionService::finish(DocumentId document, std::uint64_t work,
                               const Result<Suggestion>& suggestion) {
  const auto open = documents_.find(document);
  if (open == documents_.end() || !open->second.work || open->second.work->id != work) return;
  const Place place = open->second.work->place;
  answer(open->second, suggestion);
  if (!suggestion) return;
  const auto& why_nothing = suggestion->why_nothing;
  if (why_nothing && std::holds_alternative<Unasked>(*why_nothing)) return;
  ++answers_.by_model;
  if (suggestion->text.empty()) return;
  SuggestionMemory& memory = open->second.memory;
  look_ahead(document, memory.remember(text_of(open->second.snapshot), place, *suggestion));
}

void CompletionService::answer(OpenDocument& open, const Result<Suggestion>& suggestion) {
  const std::vector<Work::Waiting> waiting = std::move(open.work->waiting);
  open.work.reset();
  for (const Work::Waiting& one : waiting) {
    one.reply(suggestion.map([](const Suggestion& made) { return std::optional(made); }));
  }
}

bool CompletionService::recall(DocumentId document, OpenDocument& open) {
  const auto begin = std::chrono::steady_clock::now();
  const Place& place = open.work->place;
  const SharedText text = text_of(open.snapshot);
  auto recalled = open.memory.recall(text, place, [&](std::string_view rest) {
    return options_.fits_suggestions ? fit_at(open.file, *text, place, rest) : as_said(rest);
  });
  if (!recalled) return false;
  ++(recalled->prepared ? answers_.prepared : answers_.typed_along);
  if (recalled->prepared) look_ahead(document, *recalled->prepared);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  recalled->suggestion.completion.timing.total_ms = took.count();
  post_([this, document, id = open.work->id, suggestion = std::move(recalled->suggestion)] {
    const auto found = documents_.find(document);
    if (found == documents_.end() || !found->second.work || found->second.work->id != id) return;
    answer(found->second, suggestion);
  });
  return true;
}

void CompletionService::supersede(OpenDocument& open) {
  if (!open.work) return;
  open.work->stop.request_stop();
  const std::vector<Work::Waiting> waiting = std::move(open.work->waiting);
  open.work.reset();
  for (const Work::Waiting& one : waiting) one.reply(std::optional<Suggestion>());
}

void CompletionService::prepare(DocumentId document) {
  prepared_ = document;
  if (has_model()) submit_preparation();
}

void CompletionService::submit_preparation() {
  if (preparation_waits_.exchange(true)) return;
  scheduler_.submit(Priority::kPreparation, [this](const std::stop_token& stop) {
    preparation_waits_ = false;
    const auto more = completer_->prepare(prepared_, stop);
    if (stop.stop_requested()) return;
    // A failure is told to whoever asks for a completion.
    if (more && *more) return submit_preparation();
    pause_ = {};
    if (refresh_options_.enabled) submit_refresh();
  });
}

void CompletionService::look_ahead(DocumentId document, const MadeSuggestion& made) {
  if (!options_.looks_ahead || made.said.empty()) return;
  LookAhead ahead{++last_id_, document, std::make_shared<const std::string>(made.accepted()),
                  made.first, made.accepted_cursor()};
  look_ahead_ = ahead.id;
  submit_look_ahead(std::move(ahead));
}

void CompletionService::submit_look_ahead(LookAhead ahead) {
  scheduler_.submit(
      Priority::kLookAhead, [this, ahead = std::move(ahead)](const std::stop_token& stop) {
        if (look_ahead_ != ahead.id || is_on_battery()) return;
        auto made = completer_->look_ahead(ahead, stop);
        if (made) {
          post_([this, ahead, made = std::move(*made)] { take_prepared(ahead, made); });
        } else if (stop.stop_requested()) {
          // What has stopped it may have been the next key of what is suggested.
          submit_look_ahead(ahead);
        }
      });
}

void CompletionService::take_prepared(const LookAhead& ahead, const Completer::Ahead& made) {
  const auto open = documents_.find(ahead.document);
  if (open == documents_.end() || look_ahead_ != ahead.id) return;
  ++answers_.made_ahead;
  open->second.memory.remember_prepared(ahead.text, ahead.cursor, made);
}

void CompletionService::submit_refresh() {
  if (std::exchange(refresh_waits_, true)) return;
  scheduler_.submit(Priority::kRefresh, [this](const std::stop_token& stop) {
    refresh_waits_ = false;
    if (refresh(stop)) submit_refresh();
  });
}

void CompletionService::resume_refresh() {
  if (!refresh_options_.enabled) return;
  scheduler_.submit(Priority::kRefresh, [this](const std::stop_token&) { submit_refresh(); });
}

bool CompletionService::refresh(const std::stop_token& stop) {
  if (!refresh_options_.on_battery && is_on_battery()) return false;
  std::uint32_t rows = kRefreshedRows;
  if (refresh_options_.most_tokens > 0) {
    rows = std::min(rows, refresh_options_.most_tokens - pause_.refreshed_tokens);
    if (rows == 0) return false;
    pause_.refreshed_tokens += rows;
  }
  const auto more = completer_->refresh(rows, refresh_options_.threads, stop);
  return more && *more;
}

bool CompletionService::is_on_battery() {
  if (!pause_.is_on_battery) pause_.is_on_battery = is_on_battery_ && is_on_battery_();
  return *pause_.is_on_battery;
}

}  // namespace nextline::lsp
