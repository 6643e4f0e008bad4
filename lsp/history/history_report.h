#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>

#include "lsp/work_status.h"
#include "lsp/workspace/repository_text.h"

namespace nextline::lsp {

/// Is told now and then how far an update is.
using TellProgress = std::function<void(const WorkStatus&)>;

/// What an update did, and what there is behind it.
struct HistoryReport {
  enum class End : std::uint8_t {
    kUpToDate,
    kStopped,  ///< The next update goes on.
    kBusy,     ///< Another process, or another index of this one, is updating it.
  };
  End end = End::kUpToDate;
  bool was_rebuilt = false;  ///< What there was could not be used, or had outgrown the budget.
  /// Whether the index has all that the repository has, apart from what rules leave out: no limit,
  /// no budget, no damage and no shallow clone has cut anything off.
  bool is_complete = true;

  std::filesystem::path folder;  ///< Where the index lies.
  std::size_t documents = 0;     ///< Of the index,
  std::size_t tokens = 0;        ///< likewise,
  std::size_t segments = 0;      ///< likewise;
  std::uint64_t bytes = 0;       ///< of its segments' files.

  ReadTexts read;           ///< What this update read, all readings together.
  double read_seconds = 0;  ///< Of these, reading the repository took so long,
  double tokenize_seconds = 0;
  double index_seconds = 0;  ///< and building, merging and writing segments.
};

}  // namespace nextline::lsp
