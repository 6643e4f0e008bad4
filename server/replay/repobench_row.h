#pragma once

#include <string>
#include <vector>

namespace nextline::replay {

/// A row of RepoBench v1.1 (Liu et al., "RepoBench: Benchmarking Repository-Level Code
/// Auto-Completion Systems"): a file up to a line, what it uses of other files, and that line.
struct RepoBenchRow {
  /// A definition of another file.
  struct Snippet {
    std::string identifier;  ///< What it defines.
    std::string path;        ///< Where, from the repository's root.
    std::string text;        ///< The definition; "snippet" in the file.
    bool operator==(const Snippet&) const = default;
  };

  std::string repo_name;
  std::string file_path;
  std::vector<Snippet> context;
  std::string import_statement;  ///< The file's imports, in lines.
  std::string cropped_code;      ///< The file without its imports, up to the awaited line.
  std::string all_code;          ///< The whole file.
  std::string next_line;         ///< The awaited line.
  int gold_snippet_index = -1;   ///< The snippet that the awaited line uses; −1: none.
  std::string level;             ///< How long the prompt is, as RepoBench has it: "2k", "4k", …
  bool operator==(const RepoBenchRow&) const = default;
};

}  // namespace nextline::replay
