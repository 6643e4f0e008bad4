#pragma once

#include <cstddef>
#include <cstdint>
#include <queue>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "lsp/workspace/repository.h"

namespace nextline::lsp {

/// Goes through a history from the newest commit to the oldest, along all parents, each commit
/// once. A commit comes after one of its children at the least; of those whose children have come,
/// the newest is next. Reads no commit before it is due, so that a long history costs what is
/// taken.
///
/// A damaged commit costs what is reached through it alone. libgit2's own walk ends there, as it
/// does at the border of a shallow clone; it cannot be stopped while it looks for what is hidden,
/// and it reads commits of any size.
///
/// Not safe for use by several threads.
class CommitWalk {
 public:
  /// The repository must outlive this.
  explicit CommitWalk(const Repository& repository) : repository_(repository) {}

  /// Adds a commit to begin with.
  void start_at(const git_oid& id) { reach(id, false); }
  /// Leaves out a commit and all before it; to be said before the walk begins. One that is not
  /// there hides nothing. Where clocks differ so much that commits seem younger than their
  /// children, some of what is hidden may be given all the same.
  void hide(const git_oid& id) { reach(id, true); }

  /// Null at the end, or when stopped.
  GitCommit next(const std::stop_token& stop);
  /// The last commit is to be given again.
  void put_back(const git_oid& id);

  /// The commits that are to come, apart from what is before them; the newest first. Who starts at
  /// these, with the same hidden ones, goes on with this walk.
  std::vector<git_oid> waiting() const;
  /// Commits that are missing or damaged, other than those that a shallow clone lacks.
  std::size_t unreadable() const { return unreadable_; }
  /// Whether there were more branches side by side, or hidden commits, than anybody makes.
  bool is_at_limit() const { return is_at_limit_; }

 private:
  struct Waiting {
    std::int64_t time;    // When it was committed, in seconds since 1970.
    std::uint64_t order;  // In which it was reached.
    git_oid id;
    bool is_before(const Waiting& other) const {
      return time != other.time ? time > other.time : order < other.order;
    }
  };
  struct IsLater {
    bool operator()(const Waiting& a, const Waiting& b) const { return b.is_before(a); }
  };
  struct State {
    bool is_waiting = true;
    bool is_hidden = false;
  };

  /// Lets a commit wait; if hidden, even one that has been given, for the sake of its parents.
  void reach(const git_oid& id, bool is_hidden);

  const Repository& repository_;
  std::priority_queue<Waiting, std::vector<Waiting>, IsLater> queue_;
  std::unordered_map<git_oid, State, GitIdHash, GitIdEqual> states_;  // Of all commits reached.
  std::size_t wanted_ = 0;  // How many wait that are not hidden.
  std::size_t hidden_ = 0;  // How many hidden ones have been passed.
  std::uint64_t reached_ = 0;
  std::size_t unreadable_ = 0;
  bool is_at_limit_ = false;
};

}  // namespace nextline::lsp
