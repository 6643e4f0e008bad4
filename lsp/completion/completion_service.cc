#include "lsp/completion/completion_service.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace nextline::lsp {
namespace {

/// The text that a completion at the place continues.
std::string prefix_at(const CompletionService::Place& place, const std::string& text) {
  if (!place.selected) return text.substr(0, place.offset);
  return text.substr(0, place.selected_from) + *place.selected;
}

}  // namespace

CompletionService::CompletionService(Load load, const Completer::Options& options, Post post)
    : options_(options), post_(std::move(post)) {
  scheduler_.submit([this, load = std::move(load)](const std::stop_token& stop) {
    auto backend = load(stop);
    if (backend) {
      completer_ = std::make_unique<Completer>(**backend, options_);
    } else {
      load_error_ = std::move(backend.error());
    }
  });
}

CompletionService::~CompletionService() = default;

DocumentId CompletionService::open(DocumentSnapshot snapshot) {
  const DocumentId document{++last_id_};
  documents_.emplace(document, OpenDocument{std::move(snapshot), std::nullopt});
  return document;
}

void CompletionService::change(DocumentId document, DocumentSnapshot snapshot) {
  OpenDocument& open = documents_.at(document);
  open.snapshot = std::move(snapshot);
  supersede(open);
}

void CompletionService::close(DocumentId document) {
  supersede(documents_.at(document));
  documents_.erase(document);
  scheduler_.submit([this, document](const std::stop_token&) {
    if (completer_) completer_->forget(document);
  });
}

CompletionService::Ticket CompletionService::complete(DocumentId document, Place place,
                                                      Reply reply) {
  OpenDocument& open = documents_.at(document);
  assert(place.offset <= open.snapshot.text->bytes().size());
  const Ticket ticket{++last_id_};
  if (!open.work || open.work->place != place) {
    supersede(open);
    open.work = start(document, open, std::move(place));
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

CompletionService::Work CompletionService::start(DocumentId document, const OpenDocument& open,
                                                 Place place) {
  const std::uint64_t work = ++last_id_;
  const std::stop_source stop = scheduler_.submit(
      [this, document, work, place, text = open.snapshot.text](const std::stop_token& stopped) {
        if (!completer_) return deliver(document, work, tl::unexpected(*load_error_));
        auto completion = completer_->complete(document, prefix_at(place, text->bytes()), stopped);
        if (!stopped.stop_requested()) deliver(document, work, std::move(completion));
      });
  return {work, std::move(place), {}, stop};
}

void CompletionService::deliver(DocumentId document, std::uint64_t work,
                                Result<Completion> completion) {
  post_([this, document, work, completion = std::move(completion)]() mutable {
    finish(document, work, std::move(completion));
  });
}

void CompletionService::finish(DocumentId document, std::uint64_t work,
                               Result<Completion> completion) {
  const auto open = documents_.find(document);
  if (open == documents_.end() || !open->second.work || open->second.work->id != work) return;
  const std::vector<Work::Waiting> waiting = std::move(open->second.work->waiting);
  open->second.work.reset();
  for (const Work::Waiting& one : waiting) {
    one.reply(completion.map([](const Completion& made) { return std::optional(made); }));
  }
}

void CompletionService::supersede(OpenDocument& open) {
  if (!open.work) return;
  open.work->stop.request_stop();
  const std::vector<Work::Waiting> waiting = std::move(open.work->waiting);
  open.work.reset();
  for (const Work::Waiting& one : waiting) one.reply(std::optional<Completion>());
}

}  // namespace nextline::lsp
