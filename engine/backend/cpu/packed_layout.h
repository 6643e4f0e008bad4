#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/gguf/tensor_type.h"

namespace nextline::cpu {

/// Outputs that one panel of a packed matrix computes: one per lane.
constexpr std::uint32_t kPanelRows = 16;
/// Inputs that share a scale.
constexpr std::uint32_t kBlockColumns = 32;

/// How the codes of a quantised type become bytes in registers.
enum class Codes : std::uint8_t { kFour, kFive, kSix, kEight };
/// What scales them: one number per block; a scale and a minimum; the same, six bits each of those
/// of a super-block; two bytes per block, for its halves, of the super-block's scale.
enum class Scales : std::uint8_t { kPlain, kWithMinimum, kSuper, kSixteen };

/// Where things are in a group of neighbouring blocks of a panel. Bytes.
struct GroupLayout {
  Codes codes;
  Scales scales;
  std::uint32_t blocks;       ///< Blocks of a group: a super-block's, else two.
  std::uint32_t code_bytes;   ///< Of one block, as the two below.
  std::uint32_t bit_bytes;    ///< High bits.
  std::uint32_t scale_bytes;  ///< Halves, or the bytes that scale a super-block's scale.
  std::uint32_t super_bytes;  ///< Of a group; whole lines.

  constexpr std::uint32_t pair_bytes() const { return 2 * (code_bytes + bit_bytes + scale_bytes); }
  constexpr std::uint32_t bytes() const { return super_bytes + blocks / 2 * pair_bytes(); }

  /// Where a block of the group has its parts.
  constexpr std::uint32_t codes_of(std::uint32_t block) const {
    return super_bytes + block / 2 * pair_bytes() + block % 2 * code_bytes;
  }
  constexpr std::uint32_t bits_of(std::uint32_t block) const {
    return super_bytes + block / 2 * pair_bytes() + 2 * code_bytes + block % 2 * bit_bytes;
  }
  constexpr std::uint32_t scales_of(std::uint32_t block) const {
    return super_bytes + block / 2 * pair_bytes() + 2 * (code_bytes + bit_bytes) +
           block % 2 * scale_bytes;
  }
};

/// A weight matrix is repacked for the kernels: panels of 16 rows, so that a lane is an output and
/// no sum ever crosses lanes. The same layout serves every instruction set and every number of
/// rows. A kernel that multiplies one row reads the matrix from end to end as one stream.
///
/// A panel is a row of groups, in ascending columns, each aligned to 64 bytes. A group begins with
/// what a super-block has in common:
///   supers  Q4_K, Q5_K: 16 halves d, 16 halves dmin. Q6_K: 16 halves d.
/// Then, for each pair of its blocks of 32 columns, codes of the one and the other, bits of both,
/// scales of both:
///   codes   4-bit types: 4 × 64 bytes a block. In register i, lane r has the bytes of row r; their
///           low nibbles are columns 4i … 4i+3, their high nibbles columns 16+4i … 16+4i+3.
///           8-bit types: 8 × 64 bytes a block; register i has columns 4i … 4i+3, plus 128.
///   bits    Q5: 64 bytes a block; bit i of a byte is the fifth bit of the byte in register i.
///           Q6: 2 × 64 bytes; bits 2i, 2i+1 of the first are the high bits of register i, of the
///           second those of register 4 + i.
///   scales  Q4_0, Q5_0, Q8_0: 16 halves d a block. Q4_1, Q5_1: 16 halves d, 16 halves m.
///           Q4_K, Q5_K: 16 scales and 16 minima (6 bits in a byte each) a block.
///           Q6_K: 16 signed scales of columns 0 … 15, 16 of columns 16 … 31.
/// Blocks behind the last column and rows behind the last row are zero.
///
/// F32, F16 and BF16 matrices have no groups: 16 weights of a column lie side by side, column after
/// column.
constexpr GroupLayout group_layout(gguf::TensorType type) {
  using gguf::TensorType;
  switch (type) {
    case TensorType::kQ4_0:
      return {Codes::kFour, Scales::kPlain, 2, 256, 0, 32, 0};
    case TensorType::kQ4_1:
      return {Codes::kFour, Scales::kWithMinimum, 2, 256, 0, 64, 0};
    case TensorType::kQ5_0:
      return {Codes::kFive, Scales::kPlain, 2, 256, 64, 32, 0};
    case TensorType::kQ5_1:
      return {Codes::kFive, Scales::kWithMinimum, 2, 256, 64, 64, 0};
    case TensorType::kQ8_0:
      return {Codes::kEight, Scales::kPlain, 2, 512, 0, 32, 0};
    case TensorType::kQ4_K:
      return {Codes::kFour, Scales::kSuper, 8, 256, 0, 32, 64};
    case TensorType::kQ5_K:
      return {Codes::kFive, Scales::kSuper, 8, 256, 64, 32, 64};
    case TensorType::kQ6_K:
      return {Codes::kSix, Scales::kSixteen, 8, 256, 128, 32, 64};
    default:
      return {};
  }
}

constexpr bool is_float(gguf::TensorType type) {
  return type == gguf::TensorType::kF32 || type == gguf::TensorType::kF16 ||
         type == gguf::TensorType::kBF16;
}

struct PackedMatrixView {
  gguf::TensorType type;
  std::uint32_t rows;
  std::uint32_t columns;
  std::size_t panel_bytes;
  const std::uint8_t* panels;
};

/// One block of 16 rows made ready for many rows of activations: bytes of weights in eight
/// registers as in the 8-bit types, and float32 scales.
struct PreparedBlock {
  alignas(64) std::uint8_t columns[8][64];
  float scale[kPanelRows];
  union {
    float minimum[kPanelRows];       // Weight = scale · byte + minimum.
    std::int32_t lower[kPanelRows];  // Scales::kSixteen: of columns 0 … 15,
  };
  std::int32_t upper[kPanelRows];  // and of columns 16 … 31.
};

/// Room that `multiply` needs to prepare a panel of a matrix.
constexpr std::size_t prepared_bytes(std::uint32_t columns) {
  return columns / kBlockColumns * sizeof(PreparedBlock);
}

}  // namespace nextline::cpu
