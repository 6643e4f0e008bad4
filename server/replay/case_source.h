#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/tokenizer/tokenizer.h"
#include "server/replay/edit_case.h"
#include "server/replay/repobench_row.h"

namespace nextline::replay {

/// Which cases are made.
struct CaseOptions {
  std::vector<EditKind> kinds;            ///< Spread evenly.
  std::vector<std::uint32_t> lines = {};  ///< Sizes of edits; empty: by chance.
  std::uint64_t seed = 1;
  std::optional<std::uint32_t> limit =
      {};                       ///< Two of three in Python, if both languages are there.
  std::uint32_t tokens = 1200;  ///< Of a prompt at most.
  /// An earlier release of a folder of sources: what it had otherwise is the edits of the kind
  /// `kCommits`. Empty: those of the folder's git history, if it has one.
  std::filesystem::path since = {};
};

/// Cases, and what of the source was no use.
struct Cases {
  std::vector<EditCase> cases;
  std::vector<std::string> damaged;  ///< A sentence each: "Row 12: …".
};

/// Makes edit cases of a file of RepoBench rows, a git repository, a folder of sources, or a folder
/// of such folders. Same source and options, same cases.
Result<Cases> cases_of(const std::filesystem::path& source, const CaseOptions& options,
                       const Tokenizer& tokenizer);

/// The rows of RepoBench's form that such a source gives, at most `limit`.
Result<std::vector<RepoBenchRow>> rows_of(const std::filesystem::path& source,
                                          const CaseOptions& options);

/// The git repositories in a folder, by path; the folder itself if it is one or has none.
std::vector<std::filesystem::path> repositories_in(const std::filesystem::path& source);

}  // namespace nextline::replay
