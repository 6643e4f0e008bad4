#include "engine/backend/cpu/packed_matrix.h"

#include <algorithm>
#include <cstring>

#include "engine/backend/cpu/thread_pool.h"

namespace nextline::cpu {
namespace {

using gguf::TensorType;

/// One block of 32 columns of one row, taken apart.
struct BlockParts {
  std::uint8_t codes[kBlockColumns];
  std::uint16_t scale = 0;  // Halves as in the file.
  std::uint16_t minimum = 0;
  std::uint8_t scales[2] = {};  // K types: of this block (scale, minimum; Q6_K: of its two halves).
};

std::uint16_t read_half(const std::byte* p) {
  std::uint16_t half;
  std::memcpy(&half, p, sizeof(half));
  return half;
}

std::uint8_t byte_at(const std::byte* p, std::size_t index) {
  return std::to_integer<std::uint8_t>(p[index]);
}

/// The legacy types: [d][m][high bits][nibbles], where column j < 16 is the low nibble of byte j
/// and column 16 + j its high nibble.
BlockParts take_legacy(const std::byte* block, bool has_minimum, bool has_fifth_bit) {
  BlockParts parts;
  parts.scale = read_half(block);
  block += 2;
  if (has_minimum) {
    parts.minimum = read_half(block);
    block += 2;
  }
  std::uint32_t fifth = 0;
  if (has_fifth_bit) {
    std::memcpy(&fifth, block, sizeof(fifth));
    block += 4;
  }
  for (std::uint32_t j = 0; j < 16; ++j) {
    const std::uint8_t both = byte_at(block, j);
    parts.codes[j] = static_cast<std::uint8_t>((both & 0x0F) | (fifth >> j & 1) << 4);
    parts.codes[16 + j] = static_cast<std::uint8_t>(both >> 4 | (fifth >> (16 + j) & 1) << 4);
  }
  return parts;
}

BlockParts take_q8_0(const std::byte* block) {
  BlockParts parts;
  parts.scale = read_half(block);
  for (std::uint32_t j = 0; j < kBlockColumns; ++j) {
    parts.codes[j] = static_cast<std::uint8_t>(byte_at(block, 2 + j) + 128);
  }
  return parts;
}

/// Q4_K, Q5_K: [d][dmin][12 bytes of 6-bit scales and minima][Q5: 32 bytes of fifth bits][nibbles];
/// 64 columns share 32 bytes of nibbles. `part` is the block of 32 within the super-block.
BlockParts take_k(const std::byte* super, std::uint32_t part, bool has_fifth_bit) {
  BlockParts parts;
  parts.scale = read_half(super);
  parts.minimum = read_half(super + 2);
  const std::byte* packed = super + 4;
  if (part < 4) {
    parts.scales[0] = byte_at(packed, part) & 63;
    parts.scales[1] = byte_at(packed, part + 4) & 63;
  } else {
    parts.scales[0] = static_cast<std::uint8_t>((byte_at(packed, part + 4) & 0x0F) |
                                                (byte_at(packed, part - 4) >> 6) << 4);
    parts.scales[1] = static_cast<std::uint8_t>((byte_at(packed, part + 4) >> 4) |
                                                (byte_at(packed, part) >> 6) << 4);
  }
  const std::byte* fifth = super + 16;
  const std::byte* nibbles = super + (has_fifth_bit ? 48 : 16) + 32 * (part / 2);
  for (std::uint32_t j = 0; j < kBlockColumns; ++j) {
    const std::uint8_t both = byte_at(nibbles, j);
    std::uint8_t code = part % 2 == 0 ? both & 0x0F : both >> 4;
    if (has_fifth_bit)
      code = static_cast<std::uint8_t>(code | (byte_at(fifth, j) >> part & 1) << 4);
    parts.codes[j] = code;
  }
  return parts;
}

/// Q6_K: [128 bytes of low nibbles][64 bytes of high bit pairs][16 signed scales][d]. Each half of
/// 128 columns has 64 bytes of nibbles and 32 of pairs, which serve its four blocks.
BlockParts take_q6_k(const std::byte* super, std::uint32_t part) {
  BlockParts parts;
  const std::uint32_t half = part / 4;
  const std::uint32_t quarter = part % 4;
  const std::byte* nibbles = super + 64 * half + 32 * (quarter % 2);
  const std::byte* pairs = super + 128 + 32 * half;
  const std::byte* scales = super + 192;
  parts.scale = read_half(super + 208);
  parts.scales[0] = byte_at(scales, 2 * part);
  parts.scales[1] = byte_at(scales, 2 * part + 1);
  for (std::uint32_t j = 0; j < kBlockColumns; ++j) {
    const std::uint8_t both = byte_at(nibbles, j);
    const std::uint8_t low = quarter < 2 ? both & 0x0F : both >> 4;
    parts.codes[j] = static_cast<std::uint8_t>(low | (byte_at(pairs, j) >> (2 * quarter) & 3) << 4);
  }
  return parts;
}

BlockParts take_block(TensorType type, const std::byte* row, std::uint32_t block) {
  const std::uint32_t bytes = gguf::traits_of(type).block_bytes;
  const std::byte* super = row + std::size_t{block / 8} * bytes;
  row += std::size_t{block} * bytes;
  switch (type) {
    case TensorType::kQ4_0:
      return take_legacy(row, false, false);
    case TensorType::kQ4_1:
      return take_legacy(row, true, false);
    case TensorType::kQ5_0:
      return take_legacy(row, false, true);
    case TensorType::kQ5_1:
      return take_legacy(row, true, true);
    case TensorType::kQ8_0:
      return take_q8_0(row);
    case TensorType::kQ4_K:
      return take_k(super, block % 8, false);
    case TensorType::kQ5_K:
      return take_k(super, block % 8, true);
    default:
      return take_q6_k(super, block % 8);
  }
}

/// What a block of 32 columns × 16 rows takes in the sections of a panel, and a super-block in the
/// last one; bytes.
struct SectionBytes {
  std::size_t codes;
  std::size_t bits;
  std::size_t scales;
  std::size_t supers;
};

bool is_float(TensorType type) {
  return type == TensorType::kF32 || type == TensorType::kF16 || type == TensorType::kBF16;
}

SectionBytes sections_of(TensorType type) {
  switch (type) {
    case TensorType::kQ4_0:
      return {256, 0, 32, 0};
    case TensorType::kQ4_1:
      return {256, 0, 64, 0};
    case TensorType::kQ5_0:
      return {256, 64, 32, 0};
    case TensorType::kQ5_1:
      return {256, 64, 64, 0};
    case TensorType::kQ8_0:
      return {512, 0, 32, 0};
    case TensorType::kQ4_K:
      return {256, 0, 32, 64};
    case TensorType::kQ5_K:
      return {256, 64, 32, 64};
    case TensorType::kQ6_K:
      return {256, 128, 32, 32};
    default:
      return {};
  }
}

PackedMatrixView layout_of(const gguf::Tensor& tensor) {
  PackedMatrixView view{};
  view.type = tensor.type;
  view.rows = static_cast<std::uint32_t>(tensor.rows());
  view.columns = static_cast<std::uint32_t>(tensor.columns());
  if (is_float(tensor.type)) {
    view.panel_bytes =
        std::size_t{kPanelRows} * view.columns * gguf::traits_of(tensor.type).block_bytes;
  } else {
    const SectionBytes bytes = sections_of(tensor.type);
    const std::size_t blocks = view.columns / kBlockColumns;
    view.bits_offset = blocks * bytes.codes;
    view.scales_offset = view.bits_offset + blocks * bytes.bits;
    view.supers_offset = view.scales_offset + blocks * bytes.scales;
    view.panel_bytes = view.supers_offset + view.columns / kSuperColumns * bytes.supers;
  }
  view.panel_bytes = (view.panel_bytes + 63) / 64 * 64;
  return view;
}

/// Writes the codes of one row's block into its lane, four columns at a time; `codes` and `bits`
/// are the lane's place in the block's first register.
void place_codes(const SectionBytes& bytes, std::uint8_t* codes, std::uint8_t* bits,
                 const BlockParts& parts) {
  std::uint32_t fours[8];  // Of register i: columns 4i … 4i+3.
  std::memcpy(fours, parts.codes, sizeof(fours));
  if (bytes.codes == 512) {
    for (std::uint32_t i = 0; i < 8; ++i) std::memcpy(codes + 64 * i, &fours[i], 4);
    return;
  }
  for (std::uint32_t i = 0; i < 4; ++i) {
    const std::uint32_t both = (fours[i] & 0x0F0F0F0F) | (fours[4 + i] & 0x0F0F0F0F) << 4;
    std::memcpy(codes + 64 * i, &both, 4);
  }
  if (bytes.bits == 64) {
    std::uint32_t fifth = 0;
    for (std::uint32_t i = 0; i < 8; ++i) fifth |= (fours[i] >> 4 & 0x01010101) << i;
    std::memcpy(bits, &fifth, 4);
  } else if (bytes.bits == 128) {
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
void place_block(const PackedMatrixView& view, const SectionBytes& bytes, std::uint8_t* panel,
                 std::uint32_t block, std::uint32_t lane, const BlockParts& parts) {
  place_codes(bytes, panel + block * bytes.codes + 4 * lane,
              panel + view.bits_offset + block * bytes.bits + 4 * lane, parts);
  std::uint8_t* scales = panel + view.scales_offset + block * bytes.scales;
  if (bytes.supers == 0) {
    std::memcpy(scales + 2 * lane, &parts.scale, 2);
    if (bytes.scales == 64) std::memcpy(scales + 32 + 2 * lane, &parts.minimum, 2);
    return;
  }
  scales[lane] = parts.scales[0];
  scales[16 + lane] = parts.scales[1];
  std::uint8_t* supers =
      panel + view.supers_offset + block / (kSuperColumns / kBlockColumns) * bytes.supers;
  std::memcpy(supers + 2 * lane, &parts.scale, 2);
  if (bytes.supers == 64) std::memcpy(supers + 32 + 2 * lane, &parts.minimum, 2);
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
  const SectionBytes bytes = sections_of(view.type);
  for (std::uint32_t block = 0; block < view.columns / kBlockColumns; ++block) {
    place_block(view, bytes, panel, block, lane, take_block(view.type, row, block));
  }
}

}  // namespace

PackedMatrix PackedMatrix::pack(const gguf::Tensor& tensor, ThreadPool& threads) {
  PackedMatrix matrix;
  matrix.view_ = layout_of(tensor);
  PackedMatrixView& view = matrix.view_;
  const std::uint32_t panels = matrix.panel_count();
  matrix.memory_ = AlignedMemory(panels * view.panel_bytes);
  std::uint8_t* memory = matrix.memory_.as<std::uint8_t>().data();
  view.panels = memory;
  threads.run(panels, [&](std::uint32_t panel, std::uint32_t) {
    const std::uint32_t first = panel * kPanelRows;
    const std::uint32_t last = std::min(first + kPanelRows, view.rows);
    for (std::uint32_t row = first; row < last; ++row) {
      pack_row(view, tensor.row(row).data(), memory + panel * view.panel_bytes, row - first);
    }
  });
  return matrix;
}

}  // namespace nextline::cpu
