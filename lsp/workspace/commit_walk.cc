#include "lsp/workspace/commit_walk.h"

namespace nextline::lsp {
namespace {

// Of branches that are open at once, the largest projects have some hundreds.
constexpr std::size_t kMostWaiting = 65'536;
// Hidden commits are passed only as long as others wait that may turn out to be hidden, too.
constexpr std::size_t kMostHidden = 1'000'000;

}  // namespace

GitCommit CommitWalk::next(const std::stop_token& stop) {
  while (wanted_ > 0 && !stop.stop_requested()) {
    const git_oid id = queue_.top().id;
    queue_.pop();
    State& state = states_.at(id);
    state.is_waiting = false;
    const bool is_hidden = state.is_hidden;
    if (!is_hidden) --wanted_;
    if (is_hidden && ++hidden_ > kMostHidden) {
      is_at_limit_ = true;
      return {};
    }
    GitCommit commit = repository_.commit(id);
    if (!commit) continue;  // It could be read when it was reached.
    for (unsigned i = 0; i < git_commit_parentcount(commit.get()); ++i) {
      reach(*git_commit_parent_id(commit.get(), i), is_hidden);
    }
    if (!is_hidden) return commit;
  }
  return {};
}

void CommitWalk::put_back(const git_oid& id) {
  states_.erase(id);
  reach(id, false);
}

std::vector<git_oid> CommitWalk::waiting() const {
  std::vector<git_oid> ids;
  for (auto rest = queue_; !rest.empty(); rest.pop()) {
    if (!states_.at(rest.top().id).is_hidden) ids.push_back(rest.top().id);
  }
  return ids;
}

void CommitWalk::reach(const git_oid& id, bool is_hidden) {
  const auto [entry, is_new] = states_.try_emplace(id);
  State& state = entry->second;
  if (!is_new) {
    if (!is_hidden || state.is_hidden) return;
    state.is_hidden = true;
    if (state.is_waiting) {
      --wanted_;
      return;
    }
    state.is_waiting = true;
  }
  const GitCommit commit = repository_.commit(id);
  const bool is_full = commit && queue_.size() >= kMostWaiting;
  if (!commit || is_full) {
    is_at_limit_ |= is_full;
    if (!commit && !is_hidden && !repository_.is_shallow()) ++unreadable_;
    state = {false, is_hidden};
    return;
  }
  state.is_hidden = is_hidden;
  if (!is_hidden) ++wanted_;
  queue_.push({git_commit_time(commit.get()), reached_++, id});
}

}  // namespace nextline::lsp
