#include "engine/backend/cpu/packed_matrix.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <type_traits>

#include "engine/backend/cpu/thread_pool.h"
#include "engine/gguf/blocks.h"

namespace nextline::cpu {
namespace {

using gguf::TensorType;

/// One block of 32 columns of one row, taken apart. Scales are halves as in the file.
struct BlockParts {
  std::uint8_t codes[kBlockColumns];
  std::uint16_t scale = 0;
  std::uint16_t minimum = 0;
  std::uint8_t scales[2] = {};  // K types: of this block (scale, minimum; Q6_K: of its two halves).
};

/// Block `index` of a row; a copy, because rows need not be aligned.
template <typename Block>
Block block_of(const std::byte* row, std::uint32_t index) {
  Block block;
  std::memcpy(&block, row + index * sizeof(Block), sizeof(Block));
  return block;
}

/// The legacy types: column j < 16 is the low nibble of byte j, column 16 + j its high nibble, and
/// bit j of `fifth` the fifth bit of column j.
BlockParts take_legacy(std::uint16_t scale, std::uint16_t minimum,
                       const std::array<std::uint8_t, 16>& nibbles, std::uint32_t fifth) {
  BlockParts parts;
  parts.scale = scale;
  parts.minimum = minimum;
  for (std::uint32_t j = 0; j < 16; ++j) {
    parts.codes[j] = static_cast<std::uint8_t>((nibbles[j] & 0x0F) | (fifth >> j & 1) << 4);
    parts.codes[16 + j] = static_cast<std::uint8_t>(nibbles[j] >> 4 | (fifth >> (16 + j) & 1) << 4);
  }
  return parts;
}

std::uint32_t word_of(const std::array<std::uint8_t, 4>& bytes) {
  std::uint32_t word;
  std::memcpy(&word, bytes.data(), sizeof(word));
  return word;
}

BlockParts take(const gguf::BlockQ8_0& block) {
  BlockParts parts;
  parts.scale = block.scale;
  for (std::uint32_t j = 0; j < kBlockColumns; ++j) {
    parts.codes[j] = static_cast<std::uint8_t>(block.quants[j] + 128);
  }
  return parts;
}

/// Q4_K and Q5_K: two blocks share 32 bytes of nibbles. `part` is the block within the super-block.
template <typename SuperBlock>
BlockParts take_k(const SuperBlock& super, std::uint32_t part) {
  BlockParts parts;
  parts.scale = super.scale;
  parts.minimum = super.minimum_scale;
  parts.scales[0] = static_cast<std::uint8_t>(super.sub_blocks.scale(part));
  parts.scales[1] = static_cast<std::uint8_t>(super.sub_blocks.minimum(part));
  for (std::uint32_t j = 0; j < kBlockColumns; ++j) {
    int code = super.quants[32 * (part / 2) + j] >> (part % 2 * 4) & 0x0F;
    if constexpr (std::is_same_v<SuperBlock, gguf::BlockQ5_K>) {
      code |= (super.high_bits[j] >> part & 1) << 4;
    }
    parts.codes[j] = static_cast<std::uint8_t>(code);
  }
  return parts;
}

BlockParts take(const gguf::BlockQ6_K& super, std::uint32_t part) {
  BlockParts parts;
  const std::uint32_t half = part / 4;
  const std::uint32_t quarter = part % 4;
  parts.scale = super.scale;
  parts.scales[0] = static_cast<std::uint8_t>(super.sub_block_scales[2 * part]);
  parts.scales[1] = static_cast<std::uint8_t>(super.sub_block_scales[2 * part + 1]);
  for (std::uint32_t j = 0; j < kBlockColumns; ++j) {
    const int low =
        super.low_nibbles[64 * half + 32 * (quarter % 2) + j] >> (quarter / 2 * 4) & 0x0F;
    const int high = super.high_pairs[32 * half + j] >> (2 * quarter) & 3;
    parts.codes[j] = static_cast<std::uint8_t>(low | high << 4);
  }
  return parts;
}

BlockParts take_block(TensorType type, const std::byte* row, std::uint32_t index) {
  const std::uint32_t blocks = group_layout(type).blocks;  // Of a super-block.
  switch (type) {
    case TensorType::kQ4_0: {
      const auto block = block_of<gguf::BlockQ4_0>(row, index);
      return take_legacy(block.scale, 0, block.quants, 0);
    }
    case TensorType::kQ4_1: {
      const auto block = block_of<gguf::BlockQ4_1>(row, index);
      return take_legacy(block.scale, block.minimum, block.quants, 0);
    }
    case TensorType::kQ5_0: {
      const auto block = block_of<gguf::BlockQ5_0>(row, index);
      return take_legacy(block.scale, 0, block.quants, word_of(block.high_bits));
    }
    case TensorType::kQ5_1: {
      const auto block = block_of<gguf::BlockQ5_1>(row, index);
      return take_legacy(block.scale, block.minimum, block.quants, word_of(block.high_bits));
    }
    case TensorType::kQ8_0:
      return take(block_of<gguf::BlockQ8_0>(row, index));
    case TensorType::kQ4_K:
      return take_k(block_of<gguf::BlockQ4_K>(row, index / blocks), index % blocks);
    case TensorType::kQ5_K:
      return take_k(block_of<gguf::BlockQ5_K>(row, index / blocks), index % blocks);
    default:
      return take(block_of<gguf::BlockQ6_K>(row, index / blocks), index % blocks);
  }
}

PackedMatrixView layout_of(const gguf::Tensor& tensor) {
  PackedMatrixView view{};
  view.type = tensor.type;
  view.rows = static_cast<std::uint32_t>(tensor.rows());
  view.columns = static_cast<std::uint32_t>(tensor.columns());
  if (is_float(tensor.type)) {
    const std::size_t width = gguf::traits_of(tensor.type).block_bytes;
    view.panel_bytes = (std::size_t{kPanelRows} * view.columns * width + 63) / 64 * 64;
  } else {
    const GroupLayout group = group_layout(tensor.type);
    const std::uint32_t blocks = view.columns / kBlockColumns;
    view.panel_bytes = std::size_t{(blocks + group.blocks - 1) / group.blocks} * group.bytes();
  }
  return view;
}

/// Writes the codes of one row's block into its lane, four columns at a time; `codes` and `bits`
/// are the lane's place in the block's first register.
void place_codes(Codes kind, const BlockParts& parts, std::uint8_t* codes, std::uint8_t* bits) {
  std::uint32_t fours[8];  // Of register i: columns 4i … 4i+3.
  std::memcpy(fours, parts.codes, sizeof(fours));
  if (kind == Codes::kEight) {
    for (std::uint32_t i = 0; i < 8; ++i) std::memcpy(codes + 64 * i, &fours[i], 4);
    return;
  }
  for (std::uint32_t i = 0; i < 4; ++i) {
    const std::uint32_t both = (fours[i] & 0x0F0F0F0F) | (fours[4 + i] & 0x0F0F0F0F) << 4;
    std::memcpy(codes + 64 * i, &both, 4);
  }
  if (kind == Codes::kFive) {
    std::uint32_t fifth = 0;
    for (std::uint32_t i = 0; i < 8; ++i) fifth |= (fours[i] >> 4 & 0x01010101) << i;
    std::memcpy(bits, &fifth, 4);
  } else if (kind == Codes::kSix) {
    for (std::uint32_t half = 0; half < 2; ++half) {
      std::uint32_t pairs = 0;
      for (std::uint32_t i = 0; i < 4; ++i) {
        pairs |= (fours[4 * half + i] >> 4 & 0x03030303) << (2 * i);
      }
      std::memcpy(bits + 64 * half, &pairs, 4);
    }
  }
}

/// Writes the parts of one row's block into its lane of a panel.
void place_block(const GroupLayout& layout, std::uint8_t* panel, std::uint32_t block,
                 std::uint32_t lane, const BlockParts& parts) {
  std::uint8_t* group = panel + std::size_t{block / layout.blocks} * layout.bytes();
  const std::uint32_t within = block % layout.blocks;
  place_codes(layout.codes, parts, group + layout.codes_of(within) + 4 * lane,
              group + layout.bits_of(within) + 4 * lane);
  std::uint8_t* scales = group + layout.scales_of(within);
  if (layout.super_bytes == 0) {
    std::memcpy(scales + 2 * lane, &parts.scale, 2);
    if (layout.scales == Scales::kWithMinimum) {
      std::memcpy(scales + 32 + 2 * lane, &parts.minimum, 2);
    }
    return;
  }
  scales[lane] = parts.scales[0];
  scales[16 + lane] = parts.scales[1];
  std::memcpy(group + 2 * lane, &parts.scale, 2);
  if (layout.scales == Scales::kSuper) std::memcpy(group + 32 + 2 * lane, &parts.minimum, 2);
}

void pack_row(const PackedMatrixView& view, const std::byte* row, std::uint8_t* panel,
              std::uint32_t lane) {
  if (is_float(view.type)) {
    const std::size_t width = gguf::traits_of(view.type).block_bytes;
    for (std::uint32_t column = 0; column < view.columns; ++column) {
      std::memcpy(panel + (std::size_t{kPanelRows} * column + lane) * width, row + column * width,
                  width);
    }
    return;
  }
  const GroupLayout layout = group_layout(view.type);
  for (std::uint32_t block = 0; block < view.columns / kBlockColumns; ++block) {
    place_block(layout, panel, block, lane, take_block(view.type, row, block));
  }
}

}  // namespace

std::size_t PackedMatrix::packed_bytes(const gguf::Tensor& tensor) {
  PackedMatrix matrix;
  matrix.view_ = layout_of(tensor);
  return matrix.bytes();
}

PackedMatrix PackedMatrix::pack(const gguf::Tensor& tensor, std::span<std::uint8_t> memory,
                                ThreadPool& threads) {
  PackedMatrix matrix;
  matrix.view_ = layout_of(tensor);
  PackedMatrixView& view = matrix.view_;
  assert(memory.size() == matrix.bytes());
  view.panels = memory.data();
  threads.run(matrix.panel_count(), [&](std::uint32_t panel, std::uint32_t) {
    const std::uint32_t first = panel * kPanelRows;
    const std::uint32_t last = std::min(first + kPanelRows, view.rows);
    for (std::uint32_t row = first; row < last; ++row) {
      pack_row(view, tensor.row(row).data(), memory.data() + panel * view.panel_bytes, row - first);
    }
  });
  return matrix;
}

}  // namespace nextline::cpu
