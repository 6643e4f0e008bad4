#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Texts of editors are kept in WTF-8 (Sapin, "The WTF-8 encoding"): UTF-8 that also spells lone
// surrogates, in three bytes each. Editors on UTF-16 have them: an emoji may be typed in two
// halves, and a backspace may leave one. In well-formed WTF-8 a high surrogate is never followed by
// a low one, for the two together are one character in four bytes.

namespace nextline::lsp {

inline constexpr bool is_high_surrogate(char32_t code) { return code >= 0xD800 && code <= 0xDBFF; }
inline constexpr bool is_low_surrogate(char32_t code) { return code >= 0xDC00 && code <= 0xDFFF; }

/// The number of bytes a surrogate has in WTF-8.
inline constexpr std::size_t kSurrogateBytes = 3;

/// Appends a code point, surrogates included; `code` is at most U+10FFFF. It does not join halves.
void append_wtf8(std::string& text, char32_t code);

/// The length in bytes of the character that begins `text`, which must not be empty. Bytes that are
/// no WTF-8 count as characters of one byte or are cut off at the end; nothing behind is read.
std::size_t wtf8_character_length(std::string_view text);

/// The surrogate that `text` begins or ends with; 0 if it does not.
char32_t surrogate_at_begin(std::string_view text);
char32_t surrogate_at_end(std::string_view text);

/// Whether the two texts, put together, have halves of one character at the seam.
bool halves_meet(std::string_view before, std::string_view after);

/// Makes one character of each high surrogate that a low one follows.
void join_surrogates(std::string& text);

/// The two surrogates of a character of four bytes, each in WTF-8.
struct SurrogatePair {
  std::string high;
  std::string low;
};
SurrogatePair split_into_surrogates(std::string_view character);

}  // namespace nextline::lsp
