#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/gguf/gguf_file.h"
#include "engine/tokenizer/token.h"
#include "engine/tokenizer/vocabulary.h"

namespace nextline {

/// To be raised with every change of the code that gives the same text other tokens: what is kept
/// on disk as tokens is then left unread.
inline constexpr std::uint32_t kTokenizerVersion = 1;

/// Byte-level byte-pair encoding (Sennrich et al., "Neural Machine Translation of Rare Words with
/// Subword Units"; the byte alphabet is GPT-2's).
///
/// Text is any sequence of bytes, well-formed UTF-8 or not, and is never normalised:
/// decode(encode(bytes)) == bytes. A few vocabularies lack tokens for bytes that hardly occur
/// (SmolLM2: some control characters, lead bytes of rare planes); such a byte becomes U+001A or a
/// question mark, so that the tokens' bytes are always as long as the text.
///
/// Text never turns into a control token; those come from `control_token` only. Control tokens are
/// those that the file calls so, unknown and unused ones, and user-defined ones written as markers
/// ("<|…|>"), which some files do not call control. Other user-defined tokens ("<tool_call>") stand
/// for their text, and text does not turn into them either: in source code it is just text.
///
/// Immutable: any number of threads may use one tokeniser.
class Tokenizer {
 public:
  /// Fails for a pre-tokeniser that is not known, and for merges or tokens that do not fit
  /// together.
  static Result<Tokenizer> create(const Vocabulary& vocabulary);
  static Result<Tokenizer> from_gguf(const gguf::File& file);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  std::vector<TokenId> encode(std::string_view text) const;
  std::string decode(std::span<const TokenId> tokens) const;

  /// A piece of text that no token crosses, and its tokens. Whether to go on behind it.
  using PieceTaker = std::function<bool(std::string_view piece, std::span<const TokenId> tokens)>;

  /// Hands over what `encode` gives piece by piece, until one is answered with false. The text
  /// behind a piece is encoded as if it stood alone; how far a piece depends on that text, and so
  /// how much of it is read, `PreTokenizer::settled` says.
  void encode_while(std::string_view text, const PieceTaker& take) const;

  /// The pre-tokeniser's pieces of `text`, in order; together they are `text`.
  std::vector<std::string_view> split(std::string_view text) const;

  /// The bytes that a token stands for; empty for control tokens and ids outside the vocabulary.
  std::string_view bytes_of(TokenId token) const;

  /// The tokens whose bytes begin with `bytes`, sorted by their bytes, of equals by id: those with
  /// exactly these bytes come first. Control tokens are not among them.
  std::span<const TokenId> tokens_beginning_with(std::string_view bytes) const;

  bool is_control(TokenId token) const;

  /// The control token written like this, e.g. "<|fim_prefix|>", or nothing.
  std::optional<TokenId> control_token(std::string_view text) const;

  /// Whether generation ends at this token. A completion is text, so it ends at any token that is
  /// none: end of text, of a turn or of a file, padding, and the fill-in-the-middle markers, which
  /// a model emits when its middle is done.
  bool ends_generation(TokenId token) const;

  std::optional<TokenId> bos() const;
  std::optional<TokenId> eos() const;
  bool adds_bos() const;
  std::size_t vocabulary_size() const;

  /// A number for what decides the tokens of a text, `kTokenizerVersion` included: the tokenisers
  /// of two models that share it give every text the same tokens.
  std::uint64_t fingerprint() const;

  /// Whether the vocabulary has a token for each of the 256 bytes, so that no byte is replaced.
  bool spells_every_byte() const;

 private:
  struct State;
  explicit Tokenizer(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

}  // namespace nextline
