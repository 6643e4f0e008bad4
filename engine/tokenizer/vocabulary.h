#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/gguf/gguf_file.h"
#include "engine/tokenizer/token.h"

namespace nextline {

/// What a tokeniser is made of: the vocabulary as a GGUF file declares it.
/// Ordinary tokens and merges are written in GPT-2's byte alphabet (each byte one code point);
/// control and user-defined tokens are written as they are.
struct Vocabulary {
  enum class Kind : std::uint8_t { kNormal, kUnknown, kControl, kUserDefined, kUnused, kByte };

  std::vector<std::string> texts;   ///< By token id.
  std::vector<Kind> kinds;          ///< By token id.
  std::vector<std::string> merges;  ///< "left right", the best first.
  std::string pre_tokenizer;        ///< GGUF's name of the pre-tokeniser, e.g. "qwen2".
  std::optional<TokenId> bos;
  std::optional<TokenId> eos;
  bool adds_bos = false;

  /// Reads `tokenizer.ggml.*`. Fails for tokenisers that are not byte-level BPE, and where an array
  /// is missing or an id lies outside the vocabulary.
  static Result<Vocabulary> from_gguf(const gguf::File& file);
};

}  // namespace nextline
