#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenizer/token.h"
#include "engine/tokenizer/token_diff.h"
#include "engine/tokenizer/tokenizer.h"

namespace nextline {

/// The tokens of a text that is being edited: always those that `Tokenizer::encode` gives for the
/// whole text.
///
/// Tokens do not cross the borders of the pre-tokeniser's pieces, and behind a border the text is
/// cut as if it stood alone. So an edit is encoded from the last border that it cannot reach to the
/// first behind it that is there in the old text and in the new one; the tokens behind that stay.
/// Besides, the offsets behind the edit are shifted, which takes a pass over memory and no more.
///
/// Holds less than 4 GiB of text. For one thread at a time; the tokeniser must outlive it.
class TokenizedText {
 public:
  explicit TokenizedText(const Tokenizer& tokenizer, std::string_view text = {});

  const std::string& text() const { return text_; }
  /// Valid until the next edit.
  std::span<const TokenId> tokens() const { return tokens_; }
  /// The number of tokens.
  std::size_t size() const { return tokens_.size(); }

  /// The byte at which a token begins; for `size()`, the length of the text.
  std::size_t offset_of(std::size_t token) const { return starts_[token]; }
  /// The token that has the byte at `offset`; for the length of the text, `size()`. Time is
  /// logarithmic.
  std::size_t token_at(std::size_t offset) const;

  /// Puts `inserted` in the place of `removed` bytes at `offset`, which must lie within the text.
  /// Returns what that changed among the tokens, as `diff` gives it for those that were encoded
  /// again; none if they are the same. Undoing the edit gives the mirrored changes.
  std::vector<TokenChange> replace(std::size_t offset, std::size_t removed,
                                   std::string_view inserted);

 private:
  struct Edit;
  struct Encoded;

  /// The last token that begins a piece and does so whatever stands behind `offset`.
  std::size_t settled_token(std::size_t offset) const;
  /// Encodes the text, which has the edit already, from the token `first` on.
  Encoded encode_again(std::size_t first, const Edit& edit) const;
  /// Puts `encoded` in the place of the tokens from `first` on that it stands for.
  void splice(std::size_t first, const Encoded& encoded, const Edit& edit);

  const Tokenizer* tokenizer_;
  std::string text_;
  std::vector<TokenId> tokens_;
  // By token, and once more for the end of the text, where the last piece ends.
  std::vector<std::uint32_t> starts_ = {0};
  std::vector<std::uint8_t> begins_piece_ = {1};
};

}  // namespace nextline
