#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/disk/private_folder.h"
#include "engine/disk/replacement_file.h"
#include "engine/error.h"

namespace nextline::lsp {

/// A reading of a repository that has not come to its end, and where it goes on.
struct HistoryReading {
  std::string head;
  bool has_all_files = false;
  std::string files_behind;          ///< As TextRequest has it.
  std::vector<std::string> waiting;  ///< Likewise `from`, if the reading has come to commits.
};

/// What an index has of a repository. A value, kept in a file beside the segments. Commits are
/// named by their hashes.
struct HistoryState {
  std::vector<std::string> known;  ///< Read with all before them; the newest reading's first.
  std::optional<HistoryReading> reading;
  /// Whether these were read completely: no limit, no budget, no damage and no shallow clone has
  /// cut anything off.
  bool is_complete = true;
  /// The names of the segments that the above is true of. One that is missing has been lost, unless
  /// there are others in its place, into which it was merged.
  std::vector<std::string> segments;
};

/// The state as a file's text, with a checksum; and the other way round. The text is untrusted:
/// nothing for one that is damaged in any way.
std::string to_text(const HistoryState& state);
std::optional<HistoryState> parse_history_state(std::string_view text);

/// What was found where the state lies.
struct HistoryStateFile {
  std::optional<HistoryState> state = std::nullopt;
  /// There is a file, but what it says is no state.
  bool is_damaged = false;
};

/// Reads the file; no state if there is none. Fails if it cannot be read, which says nothing of
/// what is in it.
Result<HistoryStateFile> read_state(const PrivateFolder& folder, const std::string& name);
/// Puts the state in its place. On failure the earlier one stays.
Result<void> write_state(const PrivateFolder& folder, const std::string& name,
                         const HistoryState& state,
                         const FileCalls& calls = FileCalls::of_the_system());

}  // namespace nextline::lsp
