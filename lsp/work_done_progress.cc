#include "lsp/work_done_progress.h"

#include "lsp/protocol/encode.h"

namespace nextline::lsp {

void WorkDoneProgress::allow() {
  place_ = Place::kAllowed;
  if (latest_ && !latest_->finished) ask_for_place();
}

void WorkDoneProgress::show(const WorkStatus& status) {
  latest_ = status;
  if (place_ == Place::kAllowed && !status.finished) ask_for_place();
  if (place_ == Place::kThere) tell(status, false);
}

void WorkDoneProgress::ask_for_place() {
  place_ = Place::kAskedFor;
  requests_.send(
      "window/workDoneProgress/create", {{"token", token_}},
      [this](const ClientRequests::Outcome& outcome) { take_place(outcome.has_value()); });
}

void WorkDoneProgress::take_place(bool is_there) {
  place_ = is_there ? Place::kThere : Place::kRefused;
  if (!is_there) return;
  tell(*latest_, true);
  if (latest_->finished) tell(*latest_, false);
}

void WorkDoneProgress::tell(const WorkStatus& status, bool first) {
  using Kind = ProgressParams::Kind;
  const Kind kind = first ? Kind::kBegin : status.finished ? Kind::kEnd : Kind::kReport;
  send_(Notification{"$/progress",
                     to_json({token_, kind, title_, status.message, status.percentage})});
  // What begins after the end needs a place of its own.
  if (kind == Kind::kEnd) place_ = Place::kAllowed;
}

}  // namespace nextline::lsp
