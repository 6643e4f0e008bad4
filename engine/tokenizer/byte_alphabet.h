#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nextline {

/// GPT-2's byte alphabet (Radford et al., "Language Models are Unsupervised Multitask Learners";
/// `bytes_to_unicode` in the published encoder): a vocabulary file writes each byte of a token as
/// one printable code point. Bytes that Latin-1 prints stand for themselves; the 68 others are
/// numbered, in order, from U+0100 on. A blank is "Ġ", a newline "Ċ".

/// Bytes, written in the alphabet as UTF-8.
std::string to_byte_alphabet(std::string_view bytes);

/// The bytes that `text` spells, or nothing if it has a character outside the alphabet.
std::optional<std::string> from_byte_alphabet(std::string_view text);

}  // namespace nextline
