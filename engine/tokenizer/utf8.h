#pragma once

#include <cstddef>
#include <string_view>

namespace nextline {

/// What stands at the beginning of some bytes, read as UTF-8.
struct Utf8Sequence {
  enum class Kind : unsigned char {
    kWellFormed,  ///< One code point.
    kMalformed,   ///< Bytes that no continuation makes well-formed; they read as one U+FFFD.
    kUnfinished,  ///< All bytes given are the beginning of a well-formed sequence.
  };
  Kind kind;
  std::size_t length;  ///< In bytes, at least 1.
};

/// The first sequence of `bytes`, which must not be empty. Well-formed is what table 3-7 of the
/// Unicode Standard lists: no surrogates, no overlong forms, nothing beyond U+10FFFF. Malformed
/// bytes are grouped as section 3.9 recommends (maximal subparts).
Utf8Sequence first_utf8_sequence(std::string_view bytes);

/// The length of the longest prefix of `bytes` that is well-formed UTF-8.
std::size_t well_formed_utf8_prefix(std::string_view bytes);

}  // namespace nextline
