#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/tokenizer/merge_table.h"
#include "engine/tokenizer/token.h"
#include "engine/tokenizer/token_table.h"

namespace nextline {

/// Turns one piece of text into tokens: its bytes, joined pair by pair, always the pair whose merge
/// has the lowest rank, of equals the leftmost (Sennrich et al., "Neural Machine Translation of
/// Rare Words with Subword Units").
///
/// Immutable: any number of threads may use one encoder, each with a workspace of its own.
class BytePairEncoder {
 public:
  struct Options {
    /// A piece that is a token becomes that token even where the merges lead elsewhere.
    bool prefers_whole_tokens = false;
  };

  /// `merges` are "left right" in the byte alphabet, the best first. `tokens` must outlive the
  /// encoder. Fails for merges that do not join two tokens into a third, and for a vocabulary
  /// without tokens for the single bytes.
  static Result<BytePairEncoder> create(const TokenTable& tokens,
                                        std::span<const std::string> merges, Options options);

  /// The memory of one encoding, kept to be used again.
  class Workspace;

  /// Appends the tokens of `piece`. Their bytes together are as long as `piece`, and equal to it
  /// but for bytes that the vocabulary cannot spell. Time is O(n log n) in the length of the piece.
  void encode(std::string_view piece, Workspace& workspace, std::vector<TokenId>& tokens) const;

  /// Whether each of the 256 bytes has a token.
  bool spells_every_byte() const { return spells_every_byte_; }

 private:
  struct Symbol {
    TokenId token;          // kMerged once its left neighbour has taken it in.
    std::int32_t previous;  // Neighbours that still stand; kNone at the ends.
    std::int32_t next;
  };

  // A merge that was possible when it was noted: still is if both tokens stand where they stood.
  struct Candidate {
    std::uint64_t order;  // Rank, then position: what comes first is done first.
    TokenId left;
    TokenId right;
    std::int32_t position() const { return static_cast<std::int32_t>(order); }
  };

  BytePairEncoder(const TokenTable& tokens, std::size_t merge_count, Options options)
      : tokens_(&tokens), merges_(merge_count), options_(options) {}

  Result<void> assign_byte_tokens();
  Result<void> add_merges(std::span<const std::string> merges);
  void merge(std::string_view piece, Workspace& workspace, std::vector<TokenId>& tokens) const;

  const TokenTable* tokens_;
  std::array<TokenId, 256> byte_tokens_{};
  bool spells_every_byte_ = true;
  MergeTable merges_;
  Options options_;
};

class BytePairEncoder::Workspace {
  friend class BytePairEncoder;
  std::vector<Symbol> symbols_;
  std::vector<Candidate> candidates_;
};

}  // namespace nextline
