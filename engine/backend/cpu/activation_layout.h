#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/backend/cpu/packed_layout.h"

namespace nextline::cpu {

/// Quantised rows lie in tiles of 16, block by block, so that a kernel that multiplies a tile reads
/// it as one stream and finds all of a block at fixed distances. The last tile has room for as few
/// rows as a kernel takes at once; rows of it that are not used may hold anything.
constexpr std::uint32_t kTileRows = 16;

/// Rows of a tile that holds `rows` of them, 1 … 16. There is a kernel for each.
constexpr std::uint32_t tile_capacity(std::uint32_t rows) {
  return rows <= 2 ? rows : rows <= 4 ? 4 : rows <= 6 ? 6 : rows <= 8 ? 8 : rows <= 12 ? 12 : 16;
}

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

/// A tile of rows has for each block of 32 columns, one after the other:
///   scales       [rows] float32
///   scaled sums  [rows] float32: the sum of the block's values, of exactly the bytes that the
///                products take; the two parts of a weight with a minimum nearly cancel
///   starts       [kStartCount][rows] int32
///   codes        [rows][32] signed bytes
/// Offsets in bytes from the beginning of the block.
struct TileBlockLayout {
  std::uint32_t rows;

  constexpr std::size_t scales() const { return 0; }
  constexpr std::size_t scaled_sums() const { return std::size_t{4} * rows; }
  constexpr std::size_t starts(Start start) const {
    return std::size_t{4} * rows * (2 + static_cast<std::uint32_t>(start));
  }
  constexpr std::size_t codes() const { return std::size_t{4} * rows * (2 + kStartCount); }
  constexpr std::size_t bytes() const { return codes() + std::size_t{kBlockColumns} * rows; }
};

/// Bytes of the tiles of so many rows.
constexpr std::size_t tiles_bytes(std::uint32_t rows, std::uint32_t columns) {
  const std::size_t blocks = columns / kBlockColumns;
  const std::uint32_t rest = rows % kTileRows;
  return rows / kTileRows * blocks * TileBlockLayout{kTileRows}.bytes() +
         (rest == 0 ? 0 : blocks * TileBlockLayout{tile_capacity(rest)}.bytes());
}

/// A residual byte refines its block's scale by this much: it rounds to the nearest of 255 steps
/// between two steps of the first byte.
constexpr float kResidualStep = 1.0F / 254.0F;

/// Inputs of a matrix, as float32 and quantised in blocks of 32 columns with a float32 scale each:
/// value ≈ scale · (code + residual code / 254). Views only.
struct ActivationView {
  std::uint32_t rows;
  std::uint32_t columns;
  const float* values;           // [rows × columns]
  const std::uint8_t* tiles;     // 64-byte aligned, as their layout says.
  const std::uint8_t* residual;  // The same for the second byte; null where one is to do.
};

/// Where one row of activations is quantised to.
struct QuantizedRow {
  std::uint8_t* tile;      // Of its first byte.
  std::uint8_t* residual;  // Null where one byte is to do.
  std::uint32_t capacity;  // Rows of the tile,
  std::uint32_t row;       // of which this is one.
};

}  // namespace nextline::cpu
