#pragma once

#include <span>
#include <string>
#include <vector>

namespace nextline::replay {

/// A column of a table for people.
struct TextColumn {
  std::string heading;
  bool is_number = false;          ///< Then it is aligned to the right.
  std::vector<std::string> cells;  ///< By row.
};

/// Aligned columns under their headings; a column without any content is left out.
std::string text_table(std::span<const TextColumn> columns);

}  // namespace nextline::replay
