#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/error.h"

namespace nextline {

/// Cuts text into pieces, roughly words with the blank before them; byte-pair encoding never
/// merges across their borders. Where a model's training cut is part of the model, so the patterns
/// are those of the published tokenisers.
///
/// Text is any sequence of bytes. Well-formed UTF-8 between malformed bytes is cut as if it stood
/// alone; each malformed byte is a piece.
///
/// No pattern looks back: the text behind a border is cut as if it stood alone. `settled` says how
/// far they look ahead. So whoever knows the pieces of a text can cut it again from a border on.
///
/// Immutable: any number of threads may use one pre-tokeniser. Time is linear in the text, memory
/// constant.
class PreTokenizer {
 public:
  /// `name` as GGUF files give it in `tokenizer.ggml.pre`. An empty name and "default" mean GPT-2's
  /// pattern, the one that `tokenizer.ggml.model = gpt2` is named after. Fails for names that are
  /// not known.
  static Result<PreTokenizer> create(std::string_view name);

  PreTokenizer(PreTokenizer&&) noexcept;
  PreTokenizer& operator=(PreTokenizer&&) noexcept;
  ~PreTokenizer();

  using PieceVisitor = std::function<void(std::string_view piece)>;

  /// Hands over the pieces of `text` in order; together they are `text`, none is empty.
  void for_each_piece(std::string_view text, const PieceVisitor& visit) const;

  /// Whether to go on behind this piece.
  using PieceTaker = std::function<bool(std::string_view piece)>;

  /// Hands over the same pieces, until one is answered with false. Time is linear in the pieces
  /// taken and the text that settles them, however much lies behind that.
  void for_each_piece_while(std::string_view text, const PieceTaker& take) const;

  /// How much of a text's cut is known from its beginning: a border at or before this offset is
  /// there or not, whatever follows `beginning`.
  static std::size_t settled(std::string_view beginning);

  /// Whether a piece that is a token becomes that token even where the merges lead elsewhere
  /// (`ignore_merges` in Hugging Face's tokenizer.json; Llama 3).
  bool prefers_whole_tokens() const { return prefers_whole_tokens_; }

 private:
  class Pattern;
  class Matcher;

  PreTokenizer(std::vector<Pattern> patterns, bool prefers_whole_tokens);
  bool cut(std::string_view text, const Matcher& matcher, const PieceTaker& take) const;
  bool split(std::string_view text, std::size_t stage, const Matcher& matcher,
             const PieceTaker& take) const;

  /// Each pattern cuts the pieces that the one before it left.
  std::vector<Pattern> patterns_;
  bool prefers_whole_tokens_;
};

}  // namespace nextline
