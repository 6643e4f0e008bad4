#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/backend/cpu/packed_layout.h"

namespace nextline::cpu {

/// What the dot product of a row with the codes of a block starts from: minus the offset of the
/// codes times the sum of the row's bytes, so that codes are multiplied as they are.
enum class Start : std::uint8_t {
  kOffset8,
  kOffset16,
  kOffset128,
  kLowerOffset32,  ///< Of columns 0 … 15.
  kUpperOffset32,  ///< Of columns 16 … 31.
};
constexpr std::uint32_t kStartCount = 5;

/// 32 columns of a row, quantised: all that a product needs of them, in one cache line.
struct alignas(64) QuantizedBlock {
  std::int8_t codes[kBlockColumns];
  float scale;
  /// The sum of the block's values, of exactly the bytes that the products take: the two parts of a
  /// weight with a minimum nearly cancel.
  float scaled_sum;
  std::int32_t starts[kStartCount];

  std::int32_t start(Start start) const { return starts[static_cast<std::uint32_t>(start)]; }
};
static_assert(sizeof(QuantizedBlock) == 64);

/// Quantised rows lie in tiles of 16, [blocks of a row][rows of the tile], so that a kernel that
/// multiplies a tile reads it as one stream. The last tile has room for as few rows as a kernel
/// takes at once; rows of it that are not used may hold anything.
constexpr std::uint32_t kTileRows = 16;

/// Rows of a tile that holds `rows` of them, 1 … 16. There is a kernel for each.
constexpr std::uint32_t tile_capacity(std::uint32_t rows) {
  return rows <= 2 ? rows : rows <= 4 ? 4 : rows <= 6 ? 6 : rows <= 8 ? 8 : rows <= 12 ? 12 : 16;
}

/// Blocks in the tiles of so many rows.
constexpr std::size_t tiles_size(std::uint32_t rows, std::uint32_t columns) {
  const std::uint32_t rest = rows % kTileRows;
  const std::uint32_t room = rows - rest + (rest == 0 ? 0 : tile_capacity(rest));
  return std::size_t{room} * (columns / kBlockColumns);
}

/// A residual byte refines its block's scale by this much: it rounds to the nearest of 255 steps
/// between two steps of the first byte.
constexpr float kResidualStep = 1.0F / 254.0F;

/// Inputs of a matrix, as float32 and quantised in blocks of 32 columns with a float32 scale each:
/// value ≈ scale · (code + residual code / 254). Views only.
struct ActivationView {
  std::uint32_t rows;
  std::uint32_t columns;
  const float* values;  // [rows × columns]
  const QuantizedBlock* tiles;
  const QuantizedBlock* residual;  // The same for the second byte; null where one is to do.
};

/// Where one row of activations is quantised to.
struct QuantizedRow {
  QuantizedBlock* blocks;    // Of its first byte.
  QuantizedBlock* residual;  // Null where one byte is to do.
  std::uint32_t stride;      // From one block of the row to the next: rows of the tile.
};

}  // namespace nextline::cpu
