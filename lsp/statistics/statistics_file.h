#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/disk/private_folder.h"
#include "engine/disk/replacement_file.h"
#include "engine/error.h"
#include "lsp/statistics/statistics.h"

namespace nextline::lsp {

/// The statistics as a file's text: JSON that its owner can read. And the other way round: nothing
/// for a text that is damaged in any way.
///
///     {"version": 1, "days": {"2026-11-27": {"python": {"asked": 12, "answered": 9, …}}}}
std::string to_text(const Statistics& statistics);
std::optional<Statistics> parse_statistics(std::string_view text);

/// What was found where the statistics lie.
struct StatisticsFile {
  Statistics statistics = {};
  /// There is a file, but what it says are no statistics.
  bool is_damaged = false;
};

/// Reads the file; no statistics if there is none. Fails if it cannot be read, which says
/// nothing of what is in it.
Result<StatisticsFile> read_statistics(const PrivateFolder& folder);
/// Puts the statistics in the file's place. On failure the earlier one stays.
Result<void> write_statistics(const PrivateFolder& folder, const Statistics& statistics,
                              const FileCalls& calls);
/// Gives a damaged file another name, under which it stays until the next one is put there.
Result<void> put_aside(const PrivateFolder& folder, const FileCalls& calls);
/// Removes the file, and what was put aside.
Result<void> remove_statistics(const PrivateFolder& folder);

}  // namespace nextline::lsp
