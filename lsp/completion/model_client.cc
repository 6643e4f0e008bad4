#include "lsp/completion/model_client.h"

#include <utility>

namespace nextline::lsp {

ModelClient::ModelClient(CompletionHost& host, Post post, Handlers handlers)
    : host_(host), post_(std::move(post)), handlers_(std::move(handlers)), id_(++host.last_id_) {
  lane_.emplace(host.scheduler());
  host.attach(*this);
}

ModelClient::~ModelClient() {
  lane_.reset();
  host_.open_documents_ -= open_documents_;
  host_.detach(*this);
}

void ModelClient::need_model() { host_.need_model(); }

void ModelClient::begin(const DocumentCompleter::Options& options) {
  lane_->submit(Priority::kChange,
                [this, options](const std::stop_token&) { host_.make_completer(id_, options); });
}

std::stop_source ModelClient::submit(Priority priority, Task task) {
  return lane_->submit(priority,
                       [this, priority, task = std::move(task)](const std::stop_token& stop) {
                         if (DocumentCompleter* const completer = host_.completer_of(id_)) {
                           task(*completer, stop);
                           host_.look_after();
                         } else if (priority <= Priority::kCompletion && !host_.has_run_short()) {
                           host_.need_model();
                         }
                       });
}

void ModelClient::post(std::function<void()> function) {
  post_([is_there = std::weak_ptr(is_there_), function = std::move(function)] {
    if (!is_there.expired()) function();
  });
}

DocumentId ModelClient::open_document() {
  ++open_documents_;
  ++host_.open_documents_;
  return DocumentId{++host_.last_id_};
}

void ModelClient::close_document() {
  --open_documents_;
  --host_.open_documents_;
}

void ModelClient::begin_pause() { host_.begin_pause(); }

bool ModelClient::is_on_battery() { return host_.is_on_battery(); }

CompletionObserver& ModelClient::observer() {
  CompletionObserver* const observer = host_.observer();
  return observer ? *observer : host_.nobody_;
}

}  // namespace nextline::lsp
