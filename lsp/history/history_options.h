#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "lsp/workspace/history_limits.h"

namespace nextline::lsp {

/// What of repositories is indexed, and where the indices lie.
struct HistoryOptions {
  std::filesystem::path folder;  ///< In it, each repository has a folder of its own.
  HistoryLimits limits;          ///< Of what is read from nothing, and of each extension.
  /// Of an index: beyond, the oldest commits are left out. With what is added later it may become
  /// half as large again before it is built anew.
  std::size_t most_tokens = 8'000'000;
  /// Of texts, which become a segment as soon as there are so many: what is held in memory, and
  /// what is read again where a process is killed.
  std::size_t segment_bytes = std::size_t{2} << 20U;
  bool has_changes = true;  ///< False: the files at HEAD alone. To be compared with.
  /// The hash of a commit that is taken for HEAD; empty: HEAD. Indices that differ in this or in
  /// `has_changes` lie in folders of their own.
  std::string revision;
};

}  // namespace nextline::lsp
