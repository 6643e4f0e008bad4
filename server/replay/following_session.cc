#include "server/replay/following_session.h"

#include <utility>

namespace nextline::replay {
namespace {

/// Rows of a pass, as the server has them for a request.
constexpr std::uint32_t kRows = 256;

Result<void> finished(const Result<PassOutcome>& outcome) {
  if (!outcome) return tl::unexpected(outcome.error());
  if (*outcome == PassOutcome::kCancelled) return failure("The replay was interrupted.");
  return {};
}

}  // namespace

Result<FollowingSession> FollowingSession::create(Backend& backend, const Session::Options& options,
                                                  const std::string& path, std::string text,
                                                  std::size_t cursor) {
  auto session = Session::create(backend, options);
  if (!session) return tl::unexpected(session.error());
  return FollowingSession(std::move(*session), path, std::move(text), cursor);
}

FollowingSession::FollowingSession(Session session, const std::string& path, std::string text,
                                   std::size_t cursor)
    : session_(std::move(session)), syntax_(path, text), text_(std::move(text)), cursor_(cursor) {}

Result<void> FollowingSession::compute(const std::stop_token& stop) {
  session_.open(text_, gap());
  return finished(session_.recompute(stop));
}

Result<void> FollowingSession::compute(std::string text, std::size_t cursor,
                                       const std::stop_token& stop) {
  text_ = std::move(text);
  cursor_ = cursor;
  return compute(stop);
}

Result<void> FollowingSession::open(const Snapshot& snapshot, const std::stop_token& stop) {
  session_.open(text_, gap(), snapshot);
  return finished(session_.encode(kRows, stop));
}

Result<void> FollowingSession::follow(const EditStep& step, const std::stop_token& stop) {
  take(step);
  return finished(session_.encode_changes(kRows, stop));
}

Result<void> FollowingSession::follow_last(const EditStep& step, const std::stop_token& stop) {
  take(step);
  return finished(session_.encode(kRows, stop));
}

Result<void> FollowingSession::complete_prompt(const std::stop_token& stop) {
  while (!session_.is_complete()) {
    if (auto done = finished(session_.encode_some(kRows, stop)); !done) return done;
  }
  return {};
}

Result<Completion> FollowingSession::complete(const CompletionOptions& options,
                                              const std::stop_token& stop) {
  auto completion = session_.complete(options, stop);
  if (completion && completion->finish_reason == FinishReason::kCancelled) {
    return failure("The replay was interrupted.");
  }
  return completion;
}

void FollowingSession::take(const EditStep& step) {
  replacements_.clear();
  std::string text = text_;
  for (const TextEdit& edit : step.edits) {
    text.replace(edit.offset, edit.removed, edit.inserted);
    replacements_.add(edit.offset, edit.removed, edit.inserted.size());
  }
  cursor_ = step.cursor;
  session_.update(text, replacements_.list(), gap());
  session_.mark_stale(syntax_.update(text_, text, replacements_.list()));
  text_ = std::move(text);
}

}  // namespace nextline::replay
