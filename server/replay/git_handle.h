#pragma once

#include <git2.h>

#include <memory>
#include <string>

namespace nextline::replay {

/// Keeps libgit2 initialised. Handles must not outlive it.
class LibGit2 {
 public:
  LibGit2() { git_libgit2_init(); }
  LibGit2(const LibGit2&) = delete;
  LibGit2& operator=(const LibGit2&) = delete;
  ~LibGit2() { git_libgit2_shutdown(); }
};

template <auto free>
struct FreeGitHandle {
  template <typename T>
  void operator()(T* handle) const {
    free(handle);
  }
};

/// An object of libgit2, freed on destruction.
template <typename T, auto free>
using GitHandle = std::unique_ptr<T, FreeGitHandle<free>>;

using GitRepository = GitHandle<git_repository, git_repository_free>;
using GitObjects = GitHandle<git_odb, git_odb_free>;
using GitCommit = GitHandle<git_commit, git_commit_free>;
using GitTree = GitHandle<git_tree, git_tree_free>;
using GitBlob = GitHandle<git_blob, git_blob_free>;

/// Calls a function of libgit2 that makes an object: `git_make<GitTree>(git_tree_lookup, …)`. Null
/// where it fails.
template <typename Handle, typename Function, typename... Arguments>
Handle git_make(Function function, Arguments... arguments) {
  typename Handle::pointer made = nullptr;
  return function(&made, arguments...) == 0 ? Handle(made) : Handle();
}

/// What libgit2 says about the call that has just failed.
inline std::string git_complaint() {
  const git_error* error = git_error_last();
  return error != nullptr && error->message != nullptr ? error->message : "";
}

}  // namespace nextline::replay
