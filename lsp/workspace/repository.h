#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "engine/error.h"
#include "lsp/workspace/git_handle.h"

namespace nextline::lsp {

/// Why the text of a file in a repository is not had.
enum class NoText : std::uint8_t {
  kUnreadable,  ///< It is missing or damaged.
  kTooLarge,
  kBinary,  ///< It has a zero byte, or is not well-formed UTF-8.
};

/// A git repository whose objects are read, and only read: nothing is checked out, no hook is run,
/// no filter and no remote is asked. It is not trusted: the size of an object is looked at before
/// the object.
///
/// Belongs to one thread at a time. The handles that it gives must not outlive it.
class Repository {
 public:
  enum class Search : std::uint8_t {
    kHere,          ///< The folder is the repository's own, bare or not.
    kHereAndAbove,  ///< Or it is a folder within the repository.
  };

  /// Opens a repository, a worktree or a submodule that is checked out. Fails if there is none, it
  /// belongs to another user, or its format is not known.
  static Result<Repository> open(const std::filesystem::path& folder, Search search);
  /// The one around a file, which need not be there, nor need its folders.
  static Result<Repository> open_around(const std::filesystem::path& file);

  /// For what has no method here.
  git_repository* handle() const { return handle_.get(); }
  /// Whether it was cloned without the older commits.
  bool is_shallow() const;
  /// Whether there is a commit at HEAD.
  bool has_commits() const { return git_repository_head_unborn(handle()) != 1; }

  /// The commit at HEAD, be that a branch or not. Fails if there is none, or it cannot be read.
  Result<GitCommit> newest_commit() const;
  /// The hash of the commit at HEAD; empty if there is none, or it cannot be read.
  std::string head() const;
  /// The commit with this hash. Fails if there is none, or it cannot be read.
  Result<GitCommit> commit_called(const std::string& hash) const;
  /// Null if there is no such commit, it is damaged, or larger than any real one.
  GitCommit commit(const git_oid& id) const;
  /// Null if there is no such folder, it is damaged, or larger than any real one.
  GitTree folder(const git_oid& id) const;
  /// A file as it is stored, if it is text of `most_bytes` bytes at most.
  tl::expected<GitBlob, NoText> file(const git_oid& id, std::size_t most_bytes) const;
  /// What a file has at HEAD, if it is text of `most_bytes` bytes at most; empty if not, and if
  /// there is no such file. `path` is from the repository's root.
  std::string text_at_head(const std::string& path, std::size_t most_bytes) const;

  /// The folder that all worktrees of the repository have in common, without links: one for each
  /// repository.
  std::filesystem::path common_folder() const;
  /// The folder where files are checked out; of a bare repository, its own.
  std::filesystem::path root() const;
  /// Where a file stands, from the repository's root and with "/" between folders; empty if it is
  /// not among the files that are checked out. `file` is absolute and without links.
  std::string path_of(const std::filesystem::path& file) const;

 private:
  Repository(GitRepository handle, GitObjects objects);
  /// In bytes. Nothing if there is no object with this hash and of this kind, or it is damaged.
  std::optional<std::size_t> size_of(const git_oid& id, git_object_t kind) const;

  GitRepository handle_;
  GitObjects objects_;
};

/// What stands in a file. It must outlive the text.
std::string_view text_of(const git_blob& file);

}  // namespace nextline::lsp
