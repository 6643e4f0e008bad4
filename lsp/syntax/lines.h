#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace nextline::lsp {

/// Where the line of `offset` begins. Lines end with "\n" or "\r\n" here: what is found is where
/// tokens are worth computing again, and a lone "\r" hardly ends a line of code.
inline std::size_t line_begin(std::string_view text, std::size_t offset) {
  if (offset == 0) return 0;
  const std::size_t end = text.rfind('\n', offset - 1);
  return end == std::string_view::npos ? 0 : end + 1;
}

/// Where the line of `offset` ends: at its line end, or at the end of the text.
inline std::size_t line_end(std::string_view text, std::size_t offset) {
  std::size_t end = text.find('\n', offset);
  if (end == std::string_view::npos) return text.size();
  if (end > offset && text[end - 1] == '\r') --end;
  return end;
}

/// Where the line behind that of `offset` begins; the end of the text if there is none.
inline std::size_t next_line(std::string_view text, std::size_t offset) {
  const std::size_t end = text.find('\n', offset);
  return end == std::string_view::npos ? text.size() : end + 1;
}

inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// The columns that a line is indented, with a tab as eight; nothing if the line is blank.
inline std::optional<std::size_t> indentation(std::string_view line) {
  std::size_t columns = 0;
  for (const char c : line) {
    if (!is_blank(c)) return columns;
    columns += c == '\t' ? 8 : 1;
  }
  return std::nullopt;
}

/// Whether a name may have this byte: a letter, a digit, an underscore, or part of a character
/// beyond ASCII.
inline bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace nextline::lsp
