#pragma once

#include <cstddef>

namespace nextline::lsp {

/// How much of a history is read. A repository is not trusted: a few kilobytes of it can stand for
/// any number of files of any size.
struct HistoryLimits {
  std::size_t most_commits = 10'000;
  std::size_t most_file_bytes = std::size_t{1} << 20U;  ///< Larger files are skipped.
  std::size_t most_bytes = std::size_t{256} << 20U;     ///< Of all texts together.
  std::size_t most_entries = 1'000'000;                 ///< Of the folders that are compared.
};

}  // namespace nextline::lsp
