#pragma once

#include <cstddef>
#include <optional>
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

 private:
  /// Where the token with these bytes lies, or would.
  std::size_t slot_of(std::string_view bytes) const;

  std::string bytes_;              // Of all tokens, one after the other.
  std::vector<std::size_t> ends_;  // By token id: where its bytes end and the next token's begin.
  // Hash table with linear probing; a power of two of slots, at most half of them taken.
  std::vector<TokenId> slots_;
};

}  // namespace nextline
