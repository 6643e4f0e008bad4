#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "engine/error.h"
#include "server/replay/changed_file.h"
#include "server/replay/edit_case.h"

namespace nextline::replay {

/// How much of a history is read. A repository is not trusted: a few kilobytes of it can stand for
/// any number of files of any size.
struct HistoryLimits {
  std::size_t most_commits = 10'000;
  std::size_t most_file_bytes = std::size_t{1} << 20U;  ///< Larger files are skipped.
  std::size_t most_bytes = std::size_t{256} << 20U;     ///< Of all texts together.
  std::size_t most_entries = 1'000'000;                 ///< Of the folders that are compared.
};

/// What the commits of a repository changed.
struct GitHistory {
  std::vector<ChangedFile> files;  ///< The newest commit's first; of one commit, by their paths.
  /// Commits, folders and files that are missing or damaged, and what they would have changed with
  /// them.
  std::size_t unreadable = 0;
  /// Whether the first commit was reached: a limit, a damaged commit or a shallow clone prevents
  /// it.
  bool is_complete = true;
};

/// Reads what each commit changed in the files of a language, from the commit that is checked out
/// along the first parents. Left out are merges; files that a commit adds, removes or renames;
/// links, and what is too large or no text in UTF-8.
///
/// `repository` is a repository's folder, bare or not. Only its objects are read: nothing is
/// checked out, no hook is run, no filter and no remote is asked. Any thread may call this.
///
/// Fails if there is no repository, it belongs to another user, or the newest commit cannot be
/// read.
Result<GitHistory> read_git_history(const std::filesystem::path& repository, Language language,
                                    const HistoryLimits& limits = {});

}  // namespace nextline::replay
