#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/error.h"
#include "server/replay/changed_file.h"
#include "server/replay/edit_case.h"

namespace nextline::replay {

/// The two newest releases of a repository: the commit at HEAD, and the one before it.
struct Releases {
  std::string name;           ///< Of the repository's folder.
  std::string old_commit;     ///< The hash of the older one.
  std::int64_t new_time = 0;  ///< When the newer one was made, in seconds since 1970.
  std::map<std::string, std::string> old_files;  ///< Texts by path; of what the server reads.
  std::map<std::string, std::string> new_files;
};

/// Fails if there is no repository, or it has fewer than two commits.
Result<Releases> read_releases(const std::filesystem::path& repository);

/// A line that somebody types.
struct TracedLine {
  /// What is done before: what stood there is taken out.
  std::vector<TextEdit> edits;
  std::size_t cursor;   ///< Then, where it is typed: at the beginning of a line.
  std::string awaited;  ///< Without its end.
  bool is_novel;        ///< No line of the older release is the same, blanks around it apart.
};

/// Somebody makes a change of a file once more, line by line from top to bottom: what a hunk has
/// removed is taken out, then its lines are typed, one after the other. What stands below is as it
/// was before.
struct LineTrace {
  std::string id;
  Language language;
  std::string path;
  std::string old_text;  ///< With the hunks above the first line made.
  std::vector<TracedLine> lines;
};

/// Each of them awaits `lines` lines at the most: blank ones are typed and not awaited.
struct TraceOptions {
  std::uint64_t seed = 1;
  std::size_t lines = 12;
};

/// A trace of each file of a language that both releases have and that the newer one added lines
/// to, in a random order: from a random hunk on. What is drawn depends on the seed, the
/// repository's name and the file's path.
std::vector<LineTrace> line_traces(const Releases& releases, const TraceOptions& options);

}  // namespace nextline::replay
