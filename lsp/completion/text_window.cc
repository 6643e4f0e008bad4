#include "lsp/completion/text_window.h"

#include <algorithm>

namespace nextline::lsp {
namespace {

constexpr std::size_t kSteps = 8;

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// The end of a text behind the first line end from there on; empty if there is nothing.
std::string_view cut_at_line(std::string_view text, std::size_t least) {
  const std::size_t line_end = text.find('\n', least - 1);
  return line_end == std::string_view::npos ? std::string_view() : text.substr(line_end + 1);
}

/// The end of a text, cut where a character begins.
std::string_view cut_at_character(std::string_view text, std::size_t least) {
  std::size_t first = least;
  while (first < text.size() && continues_character(text[first])) ++first;
  return text.substr(first);
}

/// The beginning of a text, of so many bytes at most.
std::string_view cut_behind(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  const std::size_t line_end = text.substr(0, most).rfind('\n');
  if (line_end != std::string_view::npos) return text.substr(0, line_end + 1);
  std::size_t last = most;
  while (last > 0 && continues_character(text[last])) --last;
  return text.substr(0, last);
}

}  // namespace

TextWindow window_around(std::string_view before, std::string_view behind, std::size_t most_bytes) {
  const std::size_t quarter = most_bytes / 4;
  const std::size_t left = most_bytes - std::min(before.size(), most_bytes);
  const std::string_view shown_behind = cut_behind(behind, std::max(quarter, left));
  const std::size_t room = most_bytes - shown_behind.size();
  if (before.size() <= room) return {before, shown_behind};
  const std::size_t step = std::max<std::size_t>(most_bytes / kSteps, 1);
  const std::size_t least = before.size() - room;
  const std::size_t cut = std::min((least + step - 1) / step * step, before.size());
  const std::string_view lines = cut_at_line(before, cut);
  return {lines.empty() ? cut_at_character(before, least) : lines, shown_behind};
}

}  // namespace nextline::lsp
