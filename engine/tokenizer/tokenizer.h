#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/gguf/gguf_file.h"
#include "engine/tokenizer/token.h"

namespace nextline {

/// What a tokeniser is made of: the vocabulary as a GGUF file declares it.
/// Ordinary tokens and merges are written in GPT-2's byte alphabet (each byte one code point).
struct Vocabulary {
  enum class Kind : std::uint8_t { kNormal, kUnknown, kControl, kUserDefined, kUnused, kByte };

  std::vector<std::string> texts;  ///< By token id.
  std::vector<Kind> kinds;         ///< By token id.
  std::vector<std::string> merges;  ///< "left right", the best first.
  std::string pre_tokenizer;        ///< GGUF's name of the pre-tokeniser, e.g. "qwen2".
  std::optional<TokenId> bos;
  std::optional<TokenId> eos;
  bool adds_bos = false;

  /// Reads `tokenizer.ggml.*`. Fails for tokenisers that are not byte-level BPE.
  static Result<Vocabulary> from_gguf(const gguf::File& file);
};

/// Byte-level byte-pair encoding (Sennrich et al., "Neural Machine Translation of Rare Words with
/// Subword Units"; the byte alphabet is GPT-2's).
///
/// Text is any sequence of bytes, well-formed UTF-8 or not, and is never normalised:
/// decode(encode(bytes)) == bytes. Text never turns into a control token; those come from
/// `control_token` only. Immutable: any number of threads may use one tokeniser.
class Tokenizer {
 public:
  /// Fails for a pre-tokeniser that is not known, and for merges or tokens that do not fit together.
  static Result<Tokenizer> create(Vocabulary vocabulary);
  static Result<Tokenizer> from_gguf(const gguf::File& file);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  std::vector<TokenId> encode(std::string_view text) const;
  std::string decode(std::span<const TokenId> tokens) const;

  /// The pre-tokeniser's pieces of `text`, in order; together they are `text`.
  std::vector<std::string_view> split(std::string_view text) const;

  /// The bytes that a token stands for; empty for control tokens and ids outside the vocabulary.
  std::string_view bytes_of(TokenId token) const;
  bool is_control(TokenId token) const;

  /// The control token written like this, e.g. "<|fim_prefix|>", or nothing.
  std::optional<TokenId> control_token(std::string_view text) const;

  /// Whether generation ends at this token (end of text, end of turn, end of a file, padding).
  bool ends_generation(TokenId token) const;

  std::optional<TokenId> bos() const;
  std::optional<TokenId> eos() const;
  bool adds_bos() const;
  std::size_t vocabulary_size() const;

 private:
  struct State;
  explicit Tokenizer(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

/// Turns generated tokens into text as they come, never emitting part of a UTF-8 sequence.
/// One stream belongs to one thread; the tokeniser must outlive it.
class StreamingDetokenizer {
 public:
  explicit StreamingDetokenizer(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}

  /// The text that this token completes; empty while a UTF-8 sequence is unfinished.
  std::string push(TokenId token);

  /// What is still held back: the bytes of an unfinished sequence become one U+FFFD.
  std::string finish();

 private:
  const Tokenizer* tokenizer_;
  std::string pending_;
};

}  // namespace nextline
