#include "server/replay/text_table.h"

#include <algorithm>
#include <string_view>

namespace nextline::replay {
namespace {

/// Characters, which are not bytes.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void add_cell(std::string& line, const std::string& cell, std::size_t width, bool is_number) {
  const std::string blanks(width - width_of(cell), ' ');
  if (!line.empty()) line += "  ";
  line += is_number ? blanks + cell : cell + blanks;
}

}  // namespace

std::string text_table(std::span<const TextColumn> columns) {
  std::vector<std::string> lines;
  for (const TextColumn& column : columns) {
    if (std::ranges::all_of(column.cells, &std::string::empty)) continue;
    std::size_t width = width_of(column.heading);
    for (const std::string& cell : column.cells) width = std::max(width, width_of(cell));
    lines.resize(column.cells.size() + 1);
    add_cell(lines[0], column.heading, width, column.is_number);
    for (std::size_t i = 0; i < column.cells.size(); ++i) {
      add_cell(lines[i + 1], column.cells[i], width, column.is_number);
    }
  }
  std::string text;
  for (const std::string& line : lines) {
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace nextline::replay
