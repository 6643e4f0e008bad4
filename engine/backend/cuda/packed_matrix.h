#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/backend/cuda/device_code.h"
#include "engine/gguf/tensor_type.h"

namespace nextline::cuda {

/// Columns of a matrix that one lane of a warp multiplies at a time.
constexpr std::uint32_t kBlockColumns = 32;

/// A matrix in device memory, for the kernels that read it once per pass. A warp reads 32
/// neighbouring blocks of 32 columns of a row, one per lane. In the file's formats a lane's quants
/// lie 18, 20, 22, … bytes behind its neighbour's; here what belongs together is taken apart, so
/// that each load of a warp is one stretch of 16 bytes per lane, aligned:
///
///   quants  [row][plane][block] of 16 bytes: one plane for quants of 4 to 6 bits (their low
///           nibbles), two for 8 bits, four for halves, eight for floats;
///   high    [row][block]: the bits above the nibble, 4 bytes for one each, 8 bytes for two each;
///   scales  [row][block]: a half (Q4_0, Q5_0, Q8_0), scale and minimum as halves (Q4_1, Q5_1), or
///           two bytes: 6-bit scale and minimum (Q4_K, Q5_K), scales of 16 columns each (Q6_K);
///   supers  [row][block / 8]: scale and minimum's scale as halves (Q4_K, Q5_K), a half (Q6_K).
///
/// A block is multiplied in four parts of eight: part i has the columns 4i … 4i+3 and 16+4i …
/// 16+4i+3, which share the bytes of a word of nibbles. No number is changed: this is the file's
/// content in another order, and only Q4_K and Q5_K grow, by 1/36 and 1/44.
struct PackedMatrix {
  gguf::TensorType type = gguf::TensorType::kF32;
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
  std::uint32_t blocks = 0;  ///< Per row; columns that fill up the last one are zero.
  uint4* quants = nullptr;
  std::byte* high = nullptr;
  std::byte* scales = nullptr;
  std::byte* supers = nullptr;

  __host__ __device__ std::uint32_t super_blocks() const { return (blocks + 7) / 8; }
};

/// Sizes of a type's parts in bytes, per block; `supers` per eight blocks.
struct PackedSizes {
  std::uint32_t planes;  ///< Of 16 bytes.
  std::uint32_t high;
  std::uint32_t scales;
  std::uint32_t supers;
};

__host__ __device__ constexpr PackedSizes packed_sizes(gguf::TensorType type) {
  switch (type) {
    case gguf::TensorType::kF32:
      return {8, 0, 0, 0};
    case gguf::TensorType::kF16:
    case gguf::TensorType::kBF16:
      return {4, 0, 0, 0};
    case gguf::TensorType::kQ4_0:
      return {1, 0, 2, 0};
    case gguf::TensorType::kQ4_1:
      return {1, 0, 4, 0};
    case gguf::TensorType::kQ5_0:
      return {1, 4, 2, 0};
    case gguf::TensorType::kQ5_1:
      return {1, 4, 4, 0};
    case gguf::TensorType::kQ8_0:
      return {2, 0, 2, 0};
    case gguf::TensorType::kQ4_K:
      return {1, 0, 2, 4};
    case gguf::TensorType::kQ5_K:
      return {1, 4, 2, 4};
    case gguf::TensorType::kQ6_K:
      return {1, 8, 2, 2};
  }
  return {0, 0, 0, 0};
}

/// Inputs of the kernels that read packed matrices lie in this order, in which the lanes of a warp
/// that multiply a part of neighbouring blocks read neighbouring numbers: 32 blocks after the
/// other, [columns / 4 of a block][block][4].
__host__ __device__ constexpr std::uint32_t lane_order(std::uint32_t column) {
  const std::uint32_t within = column % kBlockColumns;
  return column / 1024 * 1024 + within / 4 * 128 + column / kBlockColumns % 32 * 4 + within % 4;
}

/// What a row of so many columns takes in that order.
__host__ __device__ constexpr std::uint32_t lane_order_length(std::uint32_t columns) {
  return (columns + 1023) / 1024 * 1024;
}

}  // namespace nextline::cuda
