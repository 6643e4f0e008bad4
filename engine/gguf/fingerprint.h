#pragma once

#include "engine/disk/hash.h"
#include "engine/gguf/gguf_file.h"

namespace nextline::gguf {

/// What tells one model file from another in about a millisecond: a hash of everything before the
/// tensors' data (metadata, vocabulary, directory of tensors), of the file's size, and of 64 evenly
/// spaced samples of 4 KiB of the data, the first and the last bytes among them.
///
/// That suffices for what happens to models: a fine-tuned or newly quantised one differs in nearly
/// every block, so that a single sample tells; other metadata or another vocabulary stand in the
/// header, all of which is read. What a fingerprint does not see is some bytes changed between two
/// samples, which is damage: `nextline models verify` reads the whole file and finds it.
Hash128 fingerprint_of(const File& file);

}  // namespace nextline::gguf
