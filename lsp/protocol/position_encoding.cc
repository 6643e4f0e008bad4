#include "lsp/protocol/position_encoding.h"

#include <algorithm>

#include "lsp/protocol/wtf8.h"

namespace nextline::lsp {
namespace {

// The units of a character that has so many bytes.
std::uint32_t units_of(std::size_t character_length, PositionEncoding encoding) {
  switch (encoding) {
    case PositionEncoding::kUtf8:
      return static_cast<std::uint32_t>(character_length);
    case PositionEncoding::kUtf16:
      return character_length == 4 ? 2 : 1;
    case PositionEncoding::kUtf32:
      break;
  }
  return 1;
}

}  // namespace

std::string_view name_of(PositionEncoding encoding) {
  switch (encoding) {
    case PositionEncoding::kUtf8:
      return "utf-8";
    case PositionEncoding::kUtf16:
      return "utf-16";
    case PositionEncoding::kUtf32:
      break;
  }
  return "utf-32";
}

PositionEncoding negotiate_position_encoding(std::span<const std::string> offered) {
  for (const auto encoding :
       {PositionEncoding::kUtf8, PositionEncoding::kUtf16, PositionEncoding::kUtf32}) {
    if (std::ranges::find(offered, name_of(encoding)) != offered.end()) return encoding;
  }
  return PositionEncoding::kUtf16;
}

Column find_column(std::string_view line, std::uint32_t units, PositionEncoding encoding) {
  std::size_t offset = 0;
  while (units > 0 && offset < line.size()) {
    const std::size_t length = wtf8_character_length(line.substr(offset));
    const std::uint32_t width = units_of(length, encoding);
    if (width > units) return {offset, encoding == PositionEncoding::kUtf16};
    units -= width;
    offset += length;
  }
  return {offset, false};
}

std::uint32_t count_units(std::string_view text, PositionEncoding encoding) {
  if (encoding == PositionEncoding::kUtf8) return static_cast<std::uint32_t>(text.size());
  std::uint32_t units = 0;
  while (!text.empty()) {
    const std::size_t length = wtf8_character_length(text);
    units += units_of(length, encoding);
    text.remove_prefix(length);
  }
  return units;
}

}  // namespace nextline::lsp
