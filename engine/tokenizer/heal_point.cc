#include "engine/tokenizer/heal_point.h"

#include <algorithm>
#include <string>

namespace nextline {
namespace {

// What is cut off is generated again, at worst a byte per pass; hardly an identifier is longer.
constexpr std::size_t kMostBytes = 32;

// Lines of machine-made text have megabytes.
constexpr std::size_t kLongestLine = 1024;

std::size_t offset_from_end(std::string_view text, std::size_t bytes) {
  return text.size() - std::min(text.size(), bytes);
}

/// The beginning of the first character at or behind `offset`.
std::size_t character_from(std::string_view text, std::size_t offset) {
  const auto continues_character = [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
  };
  while (offset < text.size() && continues_character(text[offset])) ++offset;
  return offset;
}

/// The line that `text` ends in. It is enough to see: in none of the patterns does a piece with a
/// letter or a digit reach back over a line break, and how the blanks before it are cut is decided
/// by the last of them.
std::string_view last_line(std::string_view text) {
  text.remove_prefix(character_from(text, offset_from_end(text, kLongestLine)));
  return text.substr(text.rfind('\n') + 1);  // npos + 1 is 0.
}

std::size_t begin_of_last_piece(const Tokenizer& tokenizer, std::string_view text) {
  return text.size() - tokenizer.split(text).back().size();
}

}  // namespace

std::size_t heal_point(const Tokenizer& tokenizer, std::string_view text) {
  std::string line(last_line(text));
  const std::size_t begin_of_line = text.size() - line.size();
  std::size_t begin_of_piece = line.size();
  line.push_back('\0');
  for (const char typed : {'a', '1'}) {  // A digit joins digits where a letter does not.
    line.back() = typed;
    begin_of_piece = std::min(begin_of_piece, begin_of_last_piece(tokenizer, line));
  }
  return std::max(begin_of_line + begin_of_piece,
                  character_from(text, offset_from_end(text, kMostBytes)));
}

}  // namespace nextline
