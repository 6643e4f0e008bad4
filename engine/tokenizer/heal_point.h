#pragma once

#include <cstddef>
#include <string_view>

#include "engine/tokenizer/tokenizer.h"

namespace nextline {

/// Where a prompt is to end for a cursor behind `text`: before the piece that could still grow.
///
/// A prompt that ends within a word ends in tokens that the model has not seen there: in what it
/// learned from, " foo" is a token, and " fo" is followed by anything but "o". So the prompt ends
/// before the word, and generated text is made to begin with what was cut off (`Continuation`).
///
/// The piece is the one that would hold a letter or a digit typed next: a partial word with what
/// the pattern joins to it (a blank, a dot), the last of trailing blanks, or nothing, as behind a
/// line break. Never more than 32 bytes are cut off; of a longer piece the end. Well-formed
/// characters are not cut, nor is CR LF.
///
/// The prompt's pieces are then those that stay, with one exception. The patterns part white space
/// before something else, so that its last character stands alone; where that is not joined to what
/// follows, the prompt ends in white space, which is one piece. So it is with tabs before a
/// punctuation mark, and with line breaks in GPT-2's pattern.
///
/// Takes microseconds: no more than the line before the cursor is looked at, of a long line the
/// last kilobyte, whose beginning may then be cut otherwise than in the whole line.
std::size_t heal_point(const Tokenizer& tokenizer, std::string_view text);

}  // namespace nextline
