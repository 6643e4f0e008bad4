#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "engine/error.h"
#include "lsp/workspace/history_limits.h"
#include "server/replay/changed_file.h"
#include "server/replay/edit_case.h"

namespace nextline::replay {

using lsp::HistoryLimits;

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
