#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tokenizer/token.h"

namespace nextline {

/// What two neighbouring tokens become.
struct Merge {
  std::uint32_t rank;  ///< The lower, the earlier it is done.
  TokenId token;       ///< The token with the bytes of both.
};

/// The merges of a byte-pair encoding, by the pair they join.
/// Immutable once filled: any number of threads may read it.
class MergeTable {
 public:
  explicit MergeTable(std::size_t merge_count);

  /// Adds the merge of a pair, unless the pair has one. At most `merge_count` may be added.
  void add(TokenId left, TokenId right, Merge merge);

  /// The merge of this pair, or null.
  const Merge* find(TokenId left, TokenId right) const;

 private:
  // 16 bytes, so that a look-up touches one cache line unless it probes on.
  struct Slot {
    std::uint64_t pair;
    Merge merge;
  };

  static std::uint64_t pair_of(TokenId left, TokenId right);
  std::size_t slot_of(std::uint64_t pair) const;

  // Hash table with linear probing; a power of two of slots, never more than two thirds taken.
  std::vector<Slot> slots_;
  unsigned hash_shift_;
};

}  // namespace nextline
