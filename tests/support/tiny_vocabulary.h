#pragma once

#include <cstdint>
#include <string_view>

#include "tests/support/gguf_writer.h"

namespace nextline::test {

/// The size of the tiny vocabulary without padding.
std::uint32_t smallest_vocabulary_size();

/// Adds the metadata of a byte-level BPE tokeniser, in this order: the 256 bytes in GPT-2's byte
/// alphabet (token id = byte), the results of a few merges of blanks and code words, the control
/// tokens <|endoftext|> (which begins and ends a text), <|fim_prefix|>, <|fim_middle|> and
/// <|fim_suffix|>, then unused tokens up to `size`.
void add_tiny_vocabulary(GgufWriter& writer, std::uint32_t size, std::string_view pre_tokenizer);

}  // namespace nextline::test
