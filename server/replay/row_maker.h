#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/replay/edit_case.h"
#include "server/replay/repobench_row.h"
#include "server/replay/source_index.h"
#include "server/replay/source_tree.h"

namespace nextline::replay {

/// RepoBench's settings: what the awaited line uses of other files.
enum class RowSetting : std::uint8_t {
  kCrossFileFirst,   ///< Something that no line above uses.
  kCrossFileRandom,  ///< Something that a line above uses already.
  kInFile,           ///< Nothing.
};
inline constexpr std::array kRowSettings = {RowSetting::kCrossFileFirst,
                                            RowSetting::kCrossFileRandom, RowSetting::kInFile};
/// "cross_file_first", "cross_file_random", "in_file".
std::string_view name_of(RowSetting setting);

struct RowOptions {
  std::uint64_t seed = 1;
  std::size_t rows_per_setting = 1;     ///< Of a file; of cross_file_first there is one.
  std::size_t fewest_lines_above = 10;  ///< The awaited line.
  std::size_t most_snippets = 16;       ///< Of a row, the gold one included.
};

/// A row made from a file of a tree: as RepoBench would have it, and as a document.
struct MadeRow {
  std::string id;  ///< "repository/path:line", the first line being 1.
  RowSetting setting;
  RepoBenchRow row;
  Document document;  ///< The whole file.
};

/// Makes rows from source code. A file's rows depend on the seed, the file and what it uses of the
/// tree, not on which other rows are made. The tree must outlive it. Any thread may use it.
class RowMaker {
 public:
  /// Parses the whole tree. `repository` names it in the rows.
  RowMaker(const SourceTree& tree, std::string repository, const RowOptions& options = {});

  /// The rows of a file of the tree, by its number, in the order of the settings; none if it has no
  /// lines that fit or is not well-formed.
  std::vector<MadeRow> rows_of(std::size_t file) const;

 private:
  const SourceTree& tree_;
  SourceIndex index_;
  std::string repository_;
  RowOptions options_;
};

}  // namespace nextline::replay
