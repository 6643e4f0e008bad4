#include "engine/tokenizer/utf8.h"

#include <cstdint>
#include <cstring>

namespace nextline {
namespace {

using Kind = Utf8Sequence::Kind;

struct ByteRange {
  unsigned char low;
  unsigned char high;
  bool contains(unsigned char byte) const { return low <= byte && byte <= high; }
};

constexpr ByteRange kContinuation = {0x80, 0xBF};

// The number of bytes that `lead` announces; 0 if no sequence begins with it.
std::size_t announced_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// The second byte decides over overlong forms (E0, F0), surrogates (ED) and the end of Unicode
// (F4).
ByteRange second_byte_range(unsigned char lead) {
  switch (lead) {
    case 0xE0:
      return {0xA0, 0xBF};
    case 0xED:
      return {0x80, 0x9F};
    case 0xF0:
      return {0x90, 0xBF};
    case 0xF4:
      return {0x80, 0x8F};
    default:
      return kContinuation;
  }
}

}  // namespace

Utf8Sequence first_utf8_sequence(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  const std::size_t length = announced_length(lead);
  if (length == 0) return {Kind::kMalformed, 1};
  for (std::size_t i = 1; i < length; ++i) {
    if (i == bytes.size()) return {Kind::kUnfinished, i};
    const ByteRange allowed = i == 1 ? second_byte_range(lead) : kContinuation;
    if (!allowed.contains(static_cast<unsigned char>(bytes[i]))) return {Kind::kMalformed, i};
  }
  return {Kind::kWellFormed, length};
}

std::size_t well_formed_utf8_prefix(std::string_view bytes) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t position = 0;
  while (position < bytes.size()) {
    // Source code is nearly all ASCII: eight bytes at a time.
    if (bytes.size() - position >= sizeof(std::uint64_t)) {
      std::uint64_t word;
      std::memcpy(&word, bytes.data() + position, sizeof word);
      if ((word & kHighBits) == 0) {
        position += sizeof word;
        continue;
      }
    }
    const Utf8Sequence sequence = first_utf8_sequence(bytes.substr(position));
    if (sequence.kind != Kind::kWellFormed) break;
    position += sequence.length;
  }
  return position;
}

}  // namespace nextline
