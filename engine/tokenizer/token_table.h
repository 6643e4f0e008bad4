#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenizer/token.h"

namespace nextline {

/// The bytes that each token stands for, and the way back from bytes to the token.
/// Immutable: any number of threads may read it.
class TokenTable {
 public:
  struct Spelling {
    std::string bytes;
    /// Whether text may become this token.
    bool is_text = false;
  };

  TokenTable() = default;
  /// `spellings` by token id.
  explicit TokenTable(const std::vector<Spelling>& spellings);

  std::size_t size() const { return ends_.size(); }

  /// Empty for ids outside the table.
  std::string_view bytes_of(TokenId token) const;

  /// The token of text with exactly these bytes; of several, the first.
  std::optional<TokenId> find(std::string_view bytes) const;

  /// The tokens whose bytes begin with `bytes`, sorted by their bytes, of equals by id: those with
  /// exactly these bytes come first. Tokens that stand for nothing are not among them.
  std::span<const TokenId> beginning_with(std::string_view bytes) const;

 private:
  void sort();
  /// Where the token with these bytes lies, or would.
  std::size_t slot_of(std::string_view bytes) const;

  std::string bytes_;              // Of all tokens, one after the other.
  std::vector<std::size_t> ends_;  // By token id: where its bytes end and the next token's begin.
  // Hash table with linear probing; a power of two of slots, at most half of them taken.
  std::vector<TokenId> slots_;
  std::vector<TokenId> sorted_;  // The tokens that stand for bytes, by their bytes, then by id.
};

}  // namespace nextline
