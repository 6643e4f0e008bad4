#pragma once

#include <git2.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

namespace nextline::lsp {

/// Has libgit2 initialised, from the first call on until the process ends: were it shut down in
/// between, what it knows of other threads would be lost to them. Any thread may call it.
inline void initialise_libgit2() {
  static const int count = git_libgit2_init();
  static_cast<void>(count);
}

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

/// The 40 hexadecimal digits that name an object.
inline std::string git_hash(const git_oid& id) {
  std::string digits(GIT_OID_HEXSZ, '0');
  git_oid_fmt(digits.data(), &id);
  return digits;
}

/// The object with this name; nothing if it is none.
inline std::optional<git_oid> git_id(const std::string& hash) {
  git_oid id{};
  const bool is_id =
      hash.size() == GIT_OID_HEXSZ && git_oid_fromstrn(&id, hash.data(), hash.size()) == 0;
  return is_id ? std::optional(id) : std::nullopt;
}

/// For sets and maps of objects by their names.
struct GitIdHash {
  std::size_t operator()(const git_oid& id) const {
    std::size_t hash = 0;
    std::memcpy(&hash, id.id, sizeof hash);
    return hash;
  }
};
struct GitIdEqual {
  bool operator()(const git_oid& a, const git_oid& b) const { return git_oid_equal(&a, &b) != 0; }
};

/// What libgit2 says about the call that has just failed.
inline std::string git_complaint() {
  const git_error* error = git_error_last();
  return error != nullptr && error->message != nullptr ? error->message : "";
}

}  // namespace nextline::lsp
