#include "tests/unit/lsp/client_text.h"

namespace nextline::lsp::test {
namespace {

bool is_high(char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

void append_bytes(std::string& bytes, char32_t code, int continuations, unsigned lead) {
  bytes += static_cast<char>(lead | code >> 6 * continuations);
  while (continuations-- > 0) bytes += static_cast<char>(0x80 | (code >> 6 * continuations & 0x3F));
}

}  // namespace

ClientText::ClientText(PositionEncoding encoding, std::u32string_view code_points)
    : encoding_(encoding), units_(units_of(code_points)) {}

std::u32string ClientText::units_of(std::u32string_view code_points) const {
  if (encoding_ != PositionEncoding::kUtf16) return std::u32string(code_points);
  std::u32string units;
  for (const char32_t code : code_points) {
    if (code < 0x10000) {
      units += code;
    } else {
      units += 0xD800 + (code - 0x10000) / 0x400;
      units += 0xDC00 + (code - 0x10000) % 0x400;
    }
  }
  return units;
}

bool ClientText::splits_line_end(std::size_t index) const {
  return index > 0 && index < size() && units_[index - 1] == '\r' && units_[index] == '\n';
}

Position ClientText::position_of(std::size_t index) const {
  Position position;
  for (std::size_t i = 0; i < index; ++i) {
    const bool ends_line = units_[i] == '\n' || (units_[i] == '\r' && !splits_line_end(i + 1));
    if (ends_line) {
      position = {position.line + 1, 0};
    } else {
      position.character += static_cast<std::uint32_t>(width(units_[i]));
    }
  }
  return position;
}

std::size_t ClientText::line_end(std::size_t index) const {
  while (index < size() && units_[index] != '\n' && units_[index] != '\r') ++index;
  return index;
}

void ClientText::replace(std::size_t first, std::size_t count, std::u32string_view units) {
  units_.replace(first, count, units);
}

std::string ClientText::wtf8(std::u32string_view units) {
  std::string bytes;
  for (std::size_t i = 0; i < units.size(); ++i) {
    char32_t code = units[i];
    if (is_high(code) && i + 1 < units.size() && is_low(units[i + 1])) {
      code = 0x10000 + (code - 0xD800) * 0x400 + (units[++i] - 0xDC00);
    }
    if (code < 0x80)
      append_bytes(bytes, code, 0, 0);
    else if (code < 0x800)
      append_bytes(bytes, code, 1, 0xC0);
    else if (code < 0x10000)
      append_bytes(bytes, code, 2, 0xE0);
    else
      append_bytes(bytes, code, 3, 0xF0);
  }
  return bytes;
}

std::string ClientText::json(std::u32string_view units) {
  std::string text = "\"";
  for (const char32_t unit : units) {
    if (unit < ' ' || unit == '"' || unit == '\\' || is_high(unit) || is_low(unit)) {
      text += "\\u";
      for (const int shift : {12, 8, 4, 0}) text += "0123456789abcdef"[unit >> shift & 0xF];
    } else {
      text += wtf8({&unit, 1});
    }
  }
  return text + "\"";
}

std::size_t ClientText::width(char32_t unit) const {
  return encoding_ == PositionEncoding::kUtf8 ? wtf8({&unit, 1}).size() : 1;
}

}  // namespace nextline::lsp::test
