#pragma once

#include <cstdint>

#include "engine/gguf/gguf_file.h"
#include "tests/support/gguf_writer.h"

namespace nextline::test {

/// The size of a model file's vocabulary; 0 if it has none.
std::uint32_t vocabulary_size(const gguf::File& model);

/// Adds the tokeniser of a model file to another one, so that the two cut texts into the same
/// tokens. What is no part of it, such as a template for chats, is left out.
void copy_vocabulary(GgufWriter& writer, const gguf::File& model);

}  // namespace nextline::test
