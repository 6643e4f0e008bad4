#include "lsp/completion/completion_service.h"

#include <cassert>
#include <chrono>
#include <memory>
#include <new>
#include <utility>
#include <variant>

#include "lsp/completion/place_fitting.h"

namespace nextline::lsp {
namespace {

using Ahead = DocumentCompleter::Ahead;
using Priority = Scheduler::Priority;

SharedText text_of(const DocumentSnapshot& snapshot) {
  return {snapshot.text, &snapshot.text->bytes()};
}

/// Where an answer comes from that does not come out of the memory.
CompletionObserver::Source source_of(const Result<Suggestion>& suggestion) {
  const bool is_off = suggestion && suggestion->why_nothing &&
                      std::holds_alternative<SwitchedOff>(*suggestion->why_nothing);
  return is_off ? CompletionObserver::Source::kNowhere : CompletionObserver::Source::kModel;
}

}  // namespace

CompletionService::CompletionService(CompletionHost& host,
                                     const DocumentCompleter::Options& options, Post post,
                                     ShownWork shown)
    : options_(options),
      shown_(std::move(shown)),
      client_(host, std::move(post),
              {[this](const Result<void>& model) { take_model(model); },
               [this](const std::optional<Error>& failure) { lose_model(failure); },
               [this](const std::string& sentence) {
                 if (shown_.warning) shown_.warning(sentence);
               },
               [this](const WorkStatus& status) {
                 if (shown_.loading) shown_.loading(status);
               },
               [this](const WorkStatus& status) {
                 if (shown_.history) shown_.history(status);
               }}) {
  options_.context.enabled &= host.takes_context();
}

CompletionService::~CompletionService() = default;

void CompletionService::take_model(const Result<void>& model) {
  model_ = model;
  preparation_waits_ = false;  // What waited when the last one went was dropped.
  for (auto& [document, open] : documents_) {
    // What was asked of the last one and has not begun: this one knows no document yet.
    if (open.work) open.work->stop.request_stop();
  }
  if (has_model()) {
    client_.begin(options_);
    submit_folders();
  } else if (shown_.failure) {
    shown_.failure(model.error().message);
  }
  for (auto& [document, open] : documents_) {
    if (open.off) continue;
    if (has_model()) submit_open(document, open);
    if (open.work) start(document, *open.work);
  }
  if (has_model() && prepared_.load() != DocumentId{}) prepare(prepared_);
}

void CompletionService::lose_model(const std::optional<Error>& failure) {
  model_.reset();
  if (!failure) return;
  for (auto& [document, open] : documents_) {
    if (!open.work || open.off) continue;
    answer(open, tl::unexpected(*failure), CompletionObserver::Source::kModel);
  }
}

void CompletionService::configure(const DocumentCompleter::Options& options) {
  options_ = options;
  if (has_model()) {
    submit([options](DocumentCompleter& completer) { completer.configure(options); });
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
    submit([document](DocumentCompleter& completer) { completer.close(document); });
    return;
  }
  submit_open(document, open);
  if (open.cursor || prepared_.load() == document) prepare(document);
}

void CompletionService::set_folders(std::vector<std::filesystem::path> folders) {
  folders_ = std::move(folders);
  if (has_model()) submit_folders();
}

void CompletionService::submit_folders() {
  submit([folders = folders_](DocumentCompleter& completer) { completer.set_folders(folders); });
}

void CompletionService::files_changed(std::vector<std::filesystem::path> paths) {
  if (!has_model()) return;
  submit(
      [paths = std::move(paths)](DocumentCompleter& completer) { completer.files_changed(paths); });
}

void CompletionService::show_context(DocumentId document, ShowContext show) {
  const auto tell = [this, document, show = std::move(show)](std::vector<ContextSnippet> snippets) {
    client_.post([this, document, show, snippets = std::move(snippets)] {
      if (documents_.contains(document)) show(snippets);
    });
  };
  if (!has_model()) return tell({});
  submit([document, tell](DocumentCompleter& completer) { tell(completer.context_of(document)); });
}

DocumentId CompletionService::open(DocumentSnapshot snapshot, std::filesystem::path file) {
  const DocumentId document = client_.open_document();
  const auto [open, is_new] =
      documents_.emplace(document, OpenDocument{std::move(snapshot), std::move(file)});
  open->second.off = why_off(options_.switches, open->second.file);
  if (open->second.off) return document;
  if (has_model()) submit_open(document, open->second);
  if (!has_model()) client_.need_model();
  prepare(document);
  return document;
}

void CompletionService::submit_open(DocumentId document, const OpenDocument& open) {
  submit([document, text = text_of(open.snapshot), file = open.file,
          cursor = open.cursor](DocumentCompleter& completer) {
    completer.open(document, text, file);
    if (cursor) completer.move_cursor(document, *cursor);
  });
  if (open.viewer) submit_watch(document, *open.viewer);
}

void CompletionService::watch_cache(DocumentId document, CacheViewer viewer) {
  viewer.show = [this, document, show = std::move(viewer.show)](CacheReport report) {
    client_.post([this, document, show, report = std::move(report)] {
      if (documents_.contains(document)) show(report);
    });
  };
  OpenDocument& open = documents_.at(document);
  open.viewer = std::move(viewer);
  if (has_model() && !open.off) submit_watch(document, *open.viewer);
}

void CompletionService::submit_watch(DocumentId document, const CacheViewer& viewer) {
  submit([document, viewer](DocumentCompleter& completer) { completer.watch(document, viewer); });
}

void CompletionService::change(DocumentId document, DocumentSnapshot snapshot,
                               std::span<const ByteEdit> edits) {
  OpenDocument& open = documents_.at(document);
  open.snapshot = std::move(snapshot);
  open.cursor.reset();
  supersede(open);
  if (open.off || edits.empty()) return;
  if (!has_model()) {
    open.cursor = edits.back().offset + edits.back().inserted.size();
    return client_.need_model();
  }
  Replacements replacements;
  for (const ByteEdit& edit : edits) {
    replacements.add(edit.offset, edit.removed, edit.inserted.size());
  }
  submit([document, text = text_of(open.snapshot), replacements = std::move(replacements)](
             DocumentCompleter& completer) { completer.change(document, text, replacements); });
  prepare(document);
}

void CompletionService::move_cursor(DocumentId document, std::size_t offset) {
  OpenDocument& open = documents_.at(document);
  open.cursor = offset;
  if (open.off || !has_model()) return;
  submit([document, offset](DocumentCompleter& completer) {
    completer.move_cursor(document, offset);
  });
  prepare(document);
}

void CompletionService::save(DocumentId document) {
  if (documents_.at(document).off || !has_model()) return;
  submit([document](DocumentCompleter& completer) { completer.save(document); });
}

void CompletionService::kept(DocumentId document, std::size_t first, std::size_t last) {
  if (!has_model()) return;
  submit([document, first, last](DocumentCompleter& completer) {
    completer.kept(document, first, last);
  });
}

void CompletionService::close(DocumentId document) {
  OpenDocument& open = documents_.at(document);
  supersede(open);
  const bool is_known = has_model() && !open.off;
  documents_.erase(document);
  client_.close_document();
  if (is_known) submit([document](DocumentCompleter& completer) { completer.close(document); });
}

CompletionService::Ticket CompletionService::complete(DocumentId document, Place place,
                                                      Reply reply) {
  OpenDocument& open = documents_.at(document);
  assert(place.offset <= open.snapshot.text->bytes().size() && place.selected_from <= place.offset);
  const Ticket ticket{++last_id_};
  client_.observer().asked();
  if (!open.work || open.work->place != place) {
    supersede(open);
    open.work = Work{++last_id_, std::move(place), {}, std::stop_source(std::nostopstate)};
    if (open.off) {
      answer_off(document, *open.work, *open.off);
    } else if (!recall(document, open)) {
      start(document, *open.work);
    }
  }
  open.work->waiting.push_back({ticket, std::move(reply)});
  return ticket;
}

void CompletionService::cancel(Ticket ticket) {
  for (auto& [document, open] : documents_) {
    if (!open.work) continue;
    const auto forgotten = std::erase_if(
        open.work->waiting, [&](const Work::Waiting& waiting) { return waiting.ticket == ticket; });
    if (forgotten > 0) client_.observer().lost(CompletionObserver::Loss::kCancelled);
    if (open.work->waiting.empty()) end_work(open);
  }
}

void CompletionService::submit(std::function<void(DocumentCompleter&)> task) {
  client_.submit(Priority::kChange,
                 [task = std::move(task)](DocumentCompleter& completer, const std::stop_token&) {
                   task(completer);
                 });
}

void CompletionService::start(DocumentId document, Work& work) {
  if (!model_) return client_.need_model();
  if (!*model_) {
    return client_.post([this, document, id = work.id, error = model_->error()] {
      finish(document, id, tl::unexpected(error));
    });
  }
  work.stop = client_.submit(
      Priority::kCompletion, [this, document, id = work.id, place = work.place](
                                 DocumentCompleter& completer, const std::stop_token& stop) {
        completer.suggest(document, place, stop, [this, document, id](Result<Suggestion> made) {
          client_.post([this, document, id, suggestion = std::move(made)] {
            finish(document, id, suggestion);
          });
        });
      });
  prepare(document);
}

void CompletionService::answer_off(DocumentId document, const Work& work, SwitchedOff why) {
  client_.post([this, document, id = work.id, why] {
    finish(document, id, Suggestion{.why_nothing = why});
  });
}

void CompletionService::finish(DocumentId document, std::uint64_t work,
                               const Result<Suggestion>& suggestion) {
  const auto open = documents_.find(document);
  if (open == documents_.end() || !open->second.work || open->second.work->id != work) return;
  const Place place = open->second.work->place;
  answer(open->second, suggestion, source_of(suggestion));
  if (!suggestion) return;
  const auto& why_nothing = suggestion->why_nothing;
  if (why_nothing && (std::holds_alternative<Unasked>(*why_nothing) ||
                      std::holds_alternative<Unavailable>(*why_nothing))) {
    return;
  }
  ++answers_.by_model;
  if (suggestion->text.empty()) return;
  SuggestionMemory& memory = open->second.memory;
  look_ahead(document, memory.remember(text_of(open->second.snapshot), place, *suggestion));
}

void CompletionService::answer(OpenDocument& open, const Result<Suggestion>& suggestion,
                               CompletionObserver::Source source) {
  for (const Work::Waiting& one : end_work(open)) {
    if (suggestion) {
      client_.observer().answered(*suggestion, source);
    } else {
      client_.observer().failed();
    }
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
  const auto source = recalled->prepared ? CompletionObserver::Source::kPrepared
                                         : CompletionObserver::Source::kTypedAlong;
  client_.post(
      [this, document, id = open.work->id, source, suggestion = std::move(recalled->suggestion)] {
        const auto found = documents_.find(document);
        if (found == documents_.end() || !found->second.work || found->second.work->id != id)
          return;
        answer(found->second, suggestion, source);
      });
  return true;
}

std::vector<CompletionService::Work::Waiting> CompletionService::end_work(OpenDocument& open) {
  open.work->stop.request_stop();
  std::vector<Work::Waiting> waiting = std::move(open.work->waiting);
  open.work.reset();
  return waiting;
}

void CompletionService::supersede(OpenDocument& open) {
  if (!open.work) return;
  for (const Work::Waiting& one : end_work(open)) {
    client_.observer().lost(CompletionObserver::Loss::kSuperseded);
    one.reply(std::optional<Suggestion>());
  }
}

void CompletionService::prepare(DocumentId document) {
  prepared_ = document;
  preparation_begins_ = true;
  if (has_model()) submit_preparation();
}

void CompletionService::submit_preparation() {
  if (preparation_waits_.exchange(true)) return;
  client_.submit(Priority::kPreparation,
                 [this](DocumentCompleter& completer, const std::stop_token& stop) {
                   preparation_waits_ = false;
                   const bool begins = preparation_begins_.exchange(false);
                   const auto more = begins ? completer.prepare(prepared_, stop)
                                            : completer.go_on_preparing(prepared_, stop);
                   if (stop.stop_requested()) return;
                   // A failure is told to whoever asks for a completion.
                   if (more && *more) return submit_preparation();
                   client_.begin_pause();
                 });
}

void CompletionService::look_ahead(DocumentId document, const MadeSuggestion& made) {
  if (!options_.looks_ahead || made.said.empty()) return;
  std::shared_ptr<const std::string> accepted;
  try {
    accepted = std::make_shared<const std::string>(made.accepted());
  } catch (const std::bad_alloc&) {
    return;  // Nobody waits for it.
  }
  LookAhead ahead{++last_id_, document, std::move(accepted), made.first, made.accepted_cursor()};
  look_ahead_ = ahead.id;
  submit_look_ahead(std::move(ahead));
}

void CompletionService::submit_look_ahead(LookAhead ahead) {
  client_.submit(
      Priority::kLookAhead,
      [this, ahead = std::move(ahead)](DocumentCompleter& completer, const std::stop_token& stop) {
        if (look_ahead_ != ahead.id || client_.is_on_battery()) return;
        completer.look_ahead(ahead, stop, [this, ahead, stop](std::optional<Ahead> made) {
          if (made) {
            client_.post([this, ahead, made = std::move(*made)] { take_prepared(ahead, made); });
          } else if (stop.stop_requested()) {
            // What has stopped it may have been the next key of what is suggested.
            submit_look_ahead(ahead);
          }
        });
      });
}

void CompletionService::take_prepared(const LookAhead& ahead,
                                      const DocumentCompleter::Ahead& made) {
  const auto open = documents_.find(ahead.document);
  if (open == documents_.end() || look_ahead_ != ahead.id) return;
  ++answers_.made_ahead;
  open->second.memory.remember_prepared(ahead.text, ahead.cursor, made);
}

}  // namespace nextline::lsp
