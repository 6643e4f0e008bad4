#include "lsp/protocol/wtf8.h"

#include <algorithm>

namespace nextline::lsp {
namespace {

constexpr char32_t kFirstBeyondBasicPlane = 0x10000;

unsigned char byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

char32_t joined(char32_t high, char32_t low) {
  return kFirstBeyondBasicPlane + ((high - 0xD800) << 10) + (low - 0xDC00);
}

}  // namespace

void append_wtf8(std::string& text, char32_t code) {
  const auto continuation = [code](int shift) {
    return static_cast<char>(0x80 | (code >> shift & 0x3F));
  };
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += {static_cast<char>(0xC0 | code >> 6), continuation(0)};
  } else if (code < kFirstBeyondBasicPlane) {
    text += {static_cast<char>(0xE0 | code >> 12), continuation(6), continuation(0)};
  } else {
    text +=
        {static_cast<char>(0xF0 | code >> 18), continuation(12), continuation(6), continuation(0)};
  }
}

std::size_t wtf8_character_length(std::string_view text) {
  const unsigned char lead = byte_at(text, 0);
  std::size_t length = 1;
  if (lead >= 0xC0) length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(length, text.size());
}

char32_t surrogate_at_begin(std::string_view text) {
  if (text.size() < kSurrogateBytes || byte_at(text, 0) != 0xED) return 0;
  const unsigned char second = byte_at(text, 1);
  const unsigned char third = byte_at(text, 2);
  if (second < 0xA0 || second > 0xBF || !is_continuation(third)) return 0;
  return 0xD000u | (second & 0x3Fu) << 6 | (third & 0x3Fu);
}

char32_t surrogate_at_end(std::string_view text) {
  if (text.size() < kSurrogateBytes) return 0;
  return surrogate_at_begin(text.substr(text.size() - kSurrogateBytes));
}

bool halves_meet(std::string_view before, std::string_view after) {
  return is_high_surrogate(surrogate_at_end(before)) && is_low_surrogate(surrogate_at_begin(after));
}

void join_surrogates(std::string& text) {
  std::size_t position = 0;
  while ((position = text.find('\xED', position)) != std::string::npos) {
    const std::string_view rest = std::string_view(text).substr(position);
    const char32_t high = surrogate_at_begin(rest);
    const std::string_view behind = rest.substr(std::min(kSurrogateBytes, rest.size()));
    const char32_t low = surrogate_at_begin(behind);
    if (is_high_surrogate(high) && is_low_surrogate(low)) {
      std::string character;
      append_wtf8(character, joined(high, low));
      text.replace(position, 2 * kSurrogateBytes, character);
    }
    ++position;
  }
}

SurrogatePair split_into_surrogates(std::string_view character) {
  char32_t code = byte_at(character, 0) & 0x07;
  for (std::size_t i = 1; i < character.size(); ++i)
    code = code << 6 | (byte_at(character, i) & 0x3F);
  const char32_t beyond = (code - kFirstBeyondBasicPlane) & 0xFFFFF;
  SurrogatePair pair;
  append_wtf8(pair.high, 0xD800 + (beyond >> 10));
  append_wtf8(pair.low, 0xDC00 + (beyond & 0x3FF));
  return pair;
}

}  // namespace nextline::lsp
