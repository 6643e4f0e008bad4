#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "lsp/syntax/lines.h"

// Lines, blanks and words of text around a cursor. A line ends with "\n", "\r\n" or "\r", as
// editors count them.

namespace nextline::lsp {

/// A blank that ends no line.
inline bool is_blank_within_line(char c) { return c == ' ' || c == '\t'; }
inline bool is_line_end(char c) { return c == '\n' || c == '\r'; }

// Loops over bytes, because the searches of std::string_view for one of some call a function for
// each.

inline std::string_view without_blanks_behind(std::string_view line) {
  while (!line.empty() && is_blank_within_line(line.back())) line.remove_suffix(1);
  return line;
}
inline std::string_view blanks_before(std::string_view line) {
  const auto end = std::find_if_not(line.begin(), line.end(), is_blank_within_line);
  return line.substr(0, static_cast<std::size_t>(end - line.begin()));
}
inline std::string_view without_blanks(std::string_view line) {
  line = without_blanks_behind(line);
  return line.substr(blanks_before(line).size());
}
inline bool is_blank_line(std::string_view line) {
  return std::all_of(line.begin(), line.end(), is_blank_within_line);
}

/// What stands before the end of `text` on its line.
inline std::string_view last_line(std::string_view text) {
  const auto end = std::find_if(text.rbegin(), text.rend(), is_line_end);
  return text.substr(static_cast<std::size_t>(text.rend() - end));
}
/// What stands at the beginning of `text` on its line.
inline std::string_view first_line(std::string_view text) {
  const auto end = std::find_if(text.begin(), text.end(), is_line_end);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

/// The lines of a text, without their ends; a line end at the end leads to an empty one.
inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    lines.push_back(first_line(text));
    text.remove_prefix(lines.back().size());
    if (text.empty()) return lines;
    text.remove_prefix(text.starts_with("\r\n") ? 2 : 1);
  }
}

}  // namespace nextline::lsp
