#include "engine/tokenizer/byte_alphabet.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace nextline {
namespace {

// Every code point of the alphabet is below this, so it has at most two bytes in UTF-8.
constexpr std::size_t kCodePointEnd = 0x100 + 68;
constexpr std::int16_t kNoByte = -1;

constexpr bool is_printable_latin1(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct Alphabet {
  std::array<std::uint16_t, 256> code_point_of_byte{};
  std::array<std::int16_t, kCodePointEnd> byte_of_code_point{};

  constexpr Alphabet() {
    byte_of_code_point.fill(kNoByte);
    unsigned next_free = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const unsigned code_point = is_printable_latin1(byte) ? byte : next_free++;
      code_point_of_byte[byte] = static_cast<std::uint16_t>(code_point);
      byte_of_code_point[code_point] = static_cast<std::int16_t>(byte);
    }
  }
};

constexpr Alphabet kAlphabet;

}  // namespace

std::string to_byte_alphabet(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    const unsigned code_point = kAlphabet.code_point_of_byte[static_cast<unsigned char>(byte)];
    if (code_point < 0x80) {
      text.push_back(static_cast<char>(code_point));
    } else {
      text.push_back(static_cast<char>(0xC0 | (code_point >> 6)));
      text.push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
    }
  }
  return text;
}

std::optional<std::string> from_byte_alphabet(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code_point = static_cast<unsigned char>(text[i]);
    if (code_point >= 0x80) {
      const bool leads_two_bytes = (code_point & 0xE0) == 0xC0 && i + 1 < text.size();
      if (!leads_two_bytes) return std::nullopt;
      const unsigned second = static_cast<unsigned char>(text[++i]);
      if ((second & 0xC0) != 0x80) return std::nullopt;
      code_point = (code_point & 0x1F) << 6 | (second & 0x3F);
      if (code_point < 0x80) return std::nullopt;  // An overlong form of an ASCII character.
    }
    if (code_point >= kCodePointEnd) return std::nullopt;
    const std::int16_t byte = kAlphabet.byte_of_code_point[code_point];
    if (byte == kNoByte) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

}  // namespace nextline
