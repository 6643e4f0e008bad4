#pragma once

#include <cstdint>
#include <vector>

#include "engine/kv/slot_pool.h"
#include "engine/tokenizer/token.h"

namespace nextline {

/// A token's place in a sequence, counted from 0.
using Position = std::uint32_t;

/// Consecutive tokens of a view whose keys and values lie in consecutive slots and were computed at
/// consecutive anchor positions.
struct Run {
  Position first_position;
  std::uint32_t length;
  Slot first_slot;
  Position first_anchor;  ///< The position that the first key was rotated to.

  /// Where a query at `position` must stand so that its score with these unmoved keys is the score
  /// at the keys' present positions. RoPE is relative: q(m)·k(a + Δ) = q(m − Δ)·k(a).
  Position query_position(Position position) const {
    return position - first_position + first_anchor;
  }
};

/// What a row may attend to: runs in ascending order that cover the positions [0, n) once each.
/// A row at position p sees the positions 0 … p, itself included.
using View = std::vector<Run>;

/// One token to be computed.
struct BatchRow {
  TokenId token;
  Position position;   ///< Its key is rotated to this position: its anchor.
  Slot slot;           ///< Where its keys and values go; no other row and no run of a piece has it.
  std::uint32_t view;  ///< Index into Batch::views; that view has this row's slot at its position.
  bool wants_logits;
};

/// One forward pass: rows, and what they see. Rows see the keys and values of other rows of the
/// same batch through their slots; a row precedes those that see it.
struct Batch {
  std::vector<BatchRow> rows;
  std::vector<View> views;
};

}  // namespace nextline
