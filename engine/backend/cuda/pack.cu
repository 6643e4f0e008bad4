#include "engine/backend/cuda/pack.h"

#include <algorithm>

#include "engine/backend/cuda/weight_block.cuh"
#include "engine/gguf/blocks.h"

namespace nextline::cuda {
namespace {

using gguf::TensorType;

constexpr std::uint32_t kThreads = 128;
/// Blocks that a thread packs one after the other.
constexpr std::uint32_t kBlocksPerThread = 8;

/// Blocks lie unaligned in a file.
__device__ __forceinline__ std::uint32_t byte_at(const std::byte* memory, std::size_t index) {
  return static_cast<std::uint32_t>(memory[index]);
}
__device__ __forceinline__ std::uint32_t half_at(const std::byte* memory, std::size_t index) {
  return byte_at(memory, index) | byte_at(memory, index + 1) << 8;
}

/// 32 columns of a row as they lie in a file (engine/gguf/blocks.h): quants without a sign, and
/// what goes to `scales` and `supers`.
template <TensorType kType>
struct RawBlock;

/// Element i of quants in runs of 16.
__device__ __forceinline__ std::uint32_t nibble(const std::byte* quants, std::uint32_t i) {
  return i < 16 ? byte_at(quants, i) & 15 : byte_at(quants, i - 16) >> 4;
}
__device__ __forceinline__ std::uint32_t fifth_bit(const std::byte* high_bits, std::uint32_t i) {
  return (byte_at(high_bits, i / 8) >> (i % 8) & 1) << 4;
}

template <>
struct RawBlock<TensorType::kQ4_0> {
  const std::byte* memory;
  __device__ RawBlock(const std::byte* row, std::uint32_t block)
      : memory(row + std::size_t{block} * sizeof(gguf::BlockQ4_0)) {}
  __device__ std::uint32_t quant(std::uint32_t i) const { return nibble(memory + 2, i); }
  __device__ std::uint32_t scales() const { return half_at(memory, 0); }
};

template <>
struct RawBlock<TensorType::kQ4_1> {
  const std::byte* memory;
  __device__ RawBlock(const std::byte* row, std::uint32_t block)
      : memory(row + std::size_t{block} * sizeof(gguf::BlockQ4_1)) {}
  __device__ std::uint32_t quant(std::uint32_t i) const { return nibble(memory + 4, i); }
  __device__ std::uint32_t scales() const { return half_at(memory, 0) | half_at(memory, 2) << 16; }
};

template <>
struct RawBlock<TensorType::kQ5_0> {
  const std::byte* memory;
  __device__ RawBlock(const std::byte* row, std::uint32_t block)
      : memory(row + std::size_t{block} * sizeof(gguf::BlockQ5_0)) {}
  __device__ std::uint32_t quant(std::uint32_t i) const {
    return nibble(memory + 6, i) | fifth_bit(memory + 2, i);
  }
  __device__ std::uint32_t scales() const { return half_at(memory, 0); }
};

template <>
struct RawBlock<TensorType::kQ5_1> {
  const std::byte* memory;
  __device__ RawBlock(const std::byte* row, std::uint32_t block)
      : memory(row + std::size_t{block} * sizeof(gguf::BlockQ5_1)) {}
  __device__ std::uint32_t quant(std::uint32_t i) const {
    return nibble(memory + 8, i) | fifth_bit(memory + 4, i);
  }
  __device__ std::uint32_t scales() const { return half_at(memory, 0) | half_at(memory, 2) << 16; }
};

template <>
struct RawBlock<TensorType::kQ8_0> {
  const std::byte* memory;
  __device__ RawBlock(const std::byte* row, std::uint32_t block)
      : memory(row + std::size_t{block} * sizeof(gguf::BlockQ8_0)) {}
  __device__ std::uint32_t quant(std::uint32_t i) const { return byte_at(memory, 2 + i) ^ 0x80U; }
  __device__ std::uint32_t scales() const { return half_at(memory, 0); }
};

/// 6-bit scale and minimum of a sub-block, a byte each (gguf::PackedScales).
__device__ __forceinline__ std::uint32_t sub_block_scales(const std::byte* packed,
                                                          std::uint32_t sub_block) {
  if (sub_block < 4) {
    return (byte_at(packed, sub_block) & 63) | (byte_at(packed, sub_block + 4) & 63) << 8;
  }
  const std::uint32_t low = byte_at(packed, sub_block + 4);
  const std::uint32_t scale = (low & 15) | byte_at(packed, sub_block - 4) >> 6 << 4;
  const std::uint32_t minimum = low >> 4 | byte_at(packed, sub_block) >> 6 << 4;
  return scale | minimum << 8;
}

template <>
struct RawBlock<TensorType::kQ4_K> {
  const std::byte* memory;
  std::uint32_t sub_block;
  __device__ RawBlock(const std::byte* row, std::uint32_t block)
      : memory(row + std::size_t{block / 8} * sizeof(gguf::BlockQ4_K)), sub_block(block % 8) {}
  __device__ std::uint32_t quant(std::uint32_t i) const {
    return byte_at(memory, 16 + sub_block / 2 * 32 + i) >> (sub_block % 2 * 4) & 15;
  }
  __device__ std::uint32_t scales() const { return sub_block_scales(memory + 4, sub_block); }
  __device__ std::uint32_t supers() const { return half_at(memory, 0) | half_at(memory, 2) << 16; }
};

template <>
struct RawBlock<TensorType::kQ5_K> {
  const std::byte* memory;
  std::uint32_t sub_block;
  __device__ RawBlock(const std::byte* row, std::uint32_t block)
      : memory(row + std::size_t{block / 8} * sizeof(gguf::BlockQ5_K)), sub_block(block % 8) {}
  __device__ std::uint32_t quant(std::uint32_t i) const {
    return (byte_at(memory, 48 + sub_block / 2 * 32 + i) >> (sub_block % 2 * 4) & 15) |
           (byte_at(memory, 16 + i) >> sub_block & 1) << 4;
  }
  __device__ std::uint32_t scales() const { return sub_block_scales(memory + 4, sub_block); }
  __device__ std::uint32_t supers() const { return half_at(memory, 0) | half_at(memory, 2) << 16; }
};

template <>
struct RawBlock<TensorType::kQ6_K> {
  const std::byte* memory;
  std::uint32_t sub_block;
  __device__ RawBlock(const std::byte* row, std::uint32_t block)
      : memory(row + std::size_t{block / 8} * sizeof(gguf::BlockQ6_K)), sub_block(block % 8) {}
  __device__ std::uint32_t quant(std::uint32_t i) const {
    const std::uint32_t half = sub_block / 4;
    const std::uint32_t quarter = sub_block % 4;
    const std::uint32_t low =
        byte_at(memory, half * 64 + quarter % 2 * 32 + i) >> (quarter / 2 * 4);
    const std::uint32_t high = byte_at(memory, 128 + half * 32 + i) >> (quarter * 2);
    return (low & 15) | (high & 3) << 4;
  }
  __device__ std::uint32_t scales() const { return half_at(memory, 192 + 2 * sub_block); }
  __device__ std::uint32_t supers() const { return half_at(memory, 208); }
};

/// The quants of the four columns from `first` on, from bit `shift` up, a byte each.
template <typename Raw>
__device__ std::uint32_t four_quants(const Raw& raw, std::uint32_t first, std::uint32_t shift,
                                     std::uint32_t mask) {
  std::uint32_t bytes = 0;
  for (std::uint32_t k = 0; k < 4; ++k) {
    bytes |= (raw.quant(first + k) >> shift & mask) << (8 * k);
  }
  return bytes;
}

template <TensorType kType>
__device__ void pack_quants(const RawBlock<kType>& raw, const PackedMatrix& matrix,
                            std::uint32_t row, std::uint32_t block) {
  const std::size_t index = packed::block_index(matrix, row, block);
  std::uint32_t words[8];
  if constexpr (kType == TensorType::kQ8_0) {
    for (std::uint32_t part = 0; part < 4; ++part) {
      words[2 * part] = four_quants(raw, 4 * part, 0, 0xff);
      words[2 * part + 1] = four_quants(raw, 16 + 4 * part, 0, 0xff);
    }
    uint4* const planes = matrix.quants + std::size_t{row} * 2 * matrix.blocks + block;
    planes[0] = make_uint4(words[0], words[1], words[2], words[3]);
    planes[matrix.blocks] = make_uint4(words[4], words[5], words[6], words[7]);
  } else {
    for (std::uint32_t part = 0; part < 4; ++part) {
      words[part] = four_quants(raw, 4 * part, 0, 15) | four_quants(raw, 16 + 4 * part, 0, 15) << 4;
    }
    matrix.quants[index] = make_uint4(words[0], words[1], words[2], words[3]);
  }
}

template <TensorType kType>
__device__ void pack_high(const RawBlock<kType>& raw, const PackedMatrix& matrix,
                          std::size_t index) {
  if constexpr (packed_sizes(kType).high == 4) {
    std::uint32_t bits = 0;
    for (std::uint32_t part = 0; part < 4; ++part) {
      bits |= four_quants(raw, 4 * part, 4, 1) << part;
      bits |= four_quants(raw, 16 + 4 * part, 4, 1) << (4 + part);
    }
    reinterpret_cast<std::uint32_t*>(matrix.high)[index] = bits;
  } else if constexpr (packed_sizes(kType).high == 8) {
    uint2 pairs{0, 0};
    for (std::uint32_t part = 0; part < 4; ++part) {
      pairs.x |= four_quants(raw, 4 * part, 4, 3) << (2 * part);
      pairs.y |= four_quants(raw, 16 + 4 * part, 4, 3) << (2 * part);
    }
    reinterpret_cast<uint2*>(matrix.high)[index] = pairs;
  }
}

template <TensorType kType>
__device__ void pack_block(const std::byte* raw_row, const PackedMatrix& matrix, std::uint32_t row,
                           std::uint32_t block) {
  const std::size_t index = packed::block_index(matrix, row, block);
  const RawBlock<kType> raw(raw_row, block);
  pack_quants(raw, matrix, row, block);
  pack_high(raw, matrix, index);
  if constexpr (packed_sizes(kType).scales == 2) {
    reinterpret_cast<std::uint16_t*>(matrix.scales)[index] =
        static_cast<std::uint16_t>(raw.scales());
  } else {
    reinterpret_cast<std::uint32_t*>(matrix.scales)[index] = raw.scales();
  }
  if constexpr (packed_sizes(kType).supers != 0) {
    if (block % 8 != 0) return;
    const std::size_t super = std::size_t{row} * matrix.super_blocks() + block / 8;
    if constexpr (packed_sizes(kType).supers == 2) {
      reinterpret_cast<std::uint16_t*>(matrix.supers)[super] =
          static_cast<std::uint16_t>(raw.supers());
    } else {
      reinterpret_cast<std::uint32_t*>(matrix.supers)[super] = raw.supers();
    }
  }
}

/// Numbers that are not quantised: planes in parts, zeros behind the last column.
template <std::uint32_t kBytes>
__device__ void pack_numbers(const std::byte* raw_row, const PackedMatrix& matrix,
                             std::uint32_t row, std::uint32_t block) {
  constexpr std::uint32_t kPlanes = 2 * kBytes;
  for (std::uint32_t part = 0; part < 4; ++part) {
    std::uint32_t words[8] = {};
    for (std::uint32_t i = 0; i < 8; ++i) {
      const std::uint32_t within = i < 4 ? 4 * part + i : 12 + 4 * part + i;
      const std::uint32_t column = block * kBlockColumns + within;
      if (column >= matrix.columns) continue;
      const std::byte* number = raw_row + std::size_t{column} * kBytes;
      if constexpr (kBytes == 2) {
        words[i / 2] |= half_at(number, 0) << (16 * (i % 2));
      } else {
        words[i] = half_at(number, 0) | half_at(number, 2) << 16;
      }
    }
    uint4* const planes = matrix.quants + std::size_t{row} * kPlanes * matrix.blocks + block;
    planes[part * (kBytes / 2) * matrix.blocks] =
        make_uint4(words[0], words[1], words[2], words[3]);
    if constexpr (kBytes == 4) {
      planes[(2 * part + 1) * matrix.blocks] = make_uint4(words[4], words[5], words[6], words[7]);
    }
  }
}

__device__ std::uint32_t packed_row(RowPlaces places, std::uint32_t row) {
  switch (places) {
    case RowPlaces::kGates:
      return row / 2 * 4 + row % 2;
    case RowPlaces::kUps:
      return row / 2 * 4 + 2 + row % 2;
    case RowPlaces::kSame:
      break;
  }
  return row;
}

__global__ void pack_rows(RawRows rows, PackedMatrix matrix) {
  await_earlier_kernels();
  const std::uint32_t row = blockIdx.y;
  const std::byte* raw_row = rows.bytes + row * rows.row_bytes;
  const std::uint32_t to = packed_row(rows.places, rows.first_row + row);
  const std::uint32_t step = gridDim.x * blockDim.x;
  for (std::uint32_t block = blockIdx.x * blockDim.x + threadIdx.x; block < matrix.blocks;
       block += step) {
    with_type(matrix.type, [&]<TensorType kType>() {
      if constexpr (kType == TensorType::kF32) {
        pack_numbers<4>(raw_row, matrix, to, block);
      } else if constexpr (kType == TensorType::kF16 || kType == TensorType::kBF16) {
        pack_numbers<2>(raw_row, matrix, to, block);
      } else {
        pack_block<kType>(raw_row, matrix, to, block);
      }
    });
  }
}

}  // namespace

bool pack(DeviceContext& device, const RawRows& rows, const PackedMatrix& matrix) {
  const std::uint32_t warps =
      std::max(1U, (matrix.blocks / kBlocksPerThread + kWarpThreads - 1) / kWarpThreads);
  const std::uint32_t threads = std::min(kThreads, warps * kWarpThreads);
  return device.launch(pack_rows, dim3(1, rows.row_count), dim3(threads), 0, rows, matrix);
}

}  // namespace nextline::cuda
