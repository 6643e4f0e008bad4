#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/gguf/tensor_type.h"

namespace nextline::cpu {

/// Outputs that one panel of a packed matrix computes: one per lane.
constexpr std::uint32_t kPanelRows = 16;
/// Inputs that share a scale.
constexpr std::uint32_t kBlockColumns = 32;
/// Inputs of a super-block of the K types.
constexpr std::uint32_t kSuperColumns = 256;

/// A weight matrix repacked for the kernels: panels of 16 rows, so that a lane is an output and no
/// sum ever crosses lanes. The same layout serves every instruction set and every number of rows.
///
/// A panel holds, one after the other, for its blocks of 32 columns in ascending order:
///   codes   4-bit types: 4 × 64 bytes a block. In register i, lane r has the bytes of row r; their
///           low nibbles are columns 4i … 4i+3, their high nibbles columns 16+4i … 16+4i+3.
///           8-bit types: 8 × 64 bytes a block; register i has columns 4i … 4i+3, plus 128.
///   bits    Q5: 64 bytes a block; bit i of a byte is the fifth bit of the byte in register i.
///           Q6: 2 × 64 bytes; bits 2i, 2i+1 of the first are the high bits of register i, of the
///           second those of register 4 + i.
///   scales  Q4_0, Q5_0, Q8_0: 16 halves d a block. Q4_1, Q5_1: 16 halves d, 16 halves m.
///           Q4_K, Q5_K: 16 scales and 16 minima (6 bits in a byte each) a block.
///           Q6_K: 16 signed scales of columns 0 … 15, 16 of columns 16 … 31.
///   supers  Q4_K, Q5_K: 16 halves d, 16 halves dmin a super-block. Q6_K: 16 halves d.
/// F32, F16 and BF16 matrices have 16 weights of a column side by side, column after column.
/// Rows beyond the matrix are zero.
struct PackedMatrixView {
  gguf::TensorType type;
  std::uint32_t rows;
  std::uint32_t columns;
  std::size_t panel_bytes;
  std::size_t bits_offset;  ///< Within a panel, as the two below.
  std::size_t scales_offset;
  std::size_t supers_offset;
  const std::uint8_t* panels;
};

}  // namespace nextline::cpu
