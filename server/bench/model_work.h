#pragma once

#include <cstdint>

#include "engine/model/model.h"

namespace nextline::bench {

/// Neighbouring tokens that are computed, in one pass or in several.
struct Rows {
  std::uint64_t before;  ///< Tokens in front of them, which were computed earlier.
  std::uint64_t count;
  std::uint64_t asking;  ///< So many, the last ones, want logits.
};

/// What computing rows of a model cannot avoid, whatever computes them.
struct ModelWork {
  /// Of the tensors that a pass reads from end to end, as large as they are in the file. The one
  /// row of the token embedding is left out; the output head is not.
  std::uint64_t weight_bytes;
  std::uint64_t slot_bytes;  ///< Of the keys and values of one token, all layers together.

  /// Multiply-accumulates of bytes with the weight matrices, per row; what follows the last layer's
  /// keys and values is needed for the rows that ask only, and so is counted for itself.
  std::uint64_t row_products;
  std::uint64_t asking_row_products;

  /// Multiply-accumulates of floats that attention does for each key that a row sees: its
  /// dimensions twice for each query head, once for the score and once for the value.
  std::uint64_t key_products;         ///< In all layers but the last.
  std::uint64_t asking_key_products;  ///< In the last, for the rows that ask.

  /// The weights once, and the keys and values of the tokens before.
  std::uint64_t bytes(const Rows& rows) const;
  std::uint64_t matrix_products(const Rows& rows) const;
  /// Each row sees the tokens before, the rows before it, and itself.
  std::uint64_t attention_products(const Rows& rows) const;
};

ModelWork work_of(const Model& model, std::uint64_t slot_bytes);

}  // namespace nextline::bench
