#pragma once

#include <cstdint>

#include "engine/gguf/gguf_file.h"

namespace nextline::test {

/// Reads whatever a file promises to hold: every metadata value through every accessor, every byte
/// of every tensor, and the first row of each as numbers. A sanitizer watches what happens.
/// Returns a digest of all of it, so that no read is optimised away.
std::uint64_t read_everything(const gguf::File& file);

}  // namespace nextline::test
