#pragma once

#include "engine/backend/cuda/device_code.h"
#include "engine/backend/cuda/packed_matrix.h"

namespace nextline::cuda {

/// The 32 weights of a block in a lane's registers, still packed. `load` reads them; `next` expands
/// one part of eight after the other (packed_matrix.h), to exactly the numbers that the file's
/// format defines: a product of a scale and a quant fits a float, and where there is a minimum, one
/// fused step rounds as the format's own sum does. What is packed moves down with each part, so
/// that the parts can be a loop: unrolled for 16 rows, its instructions would not fit their cache.
template <gguf::TensorType kType>
struct WeightBlock;

/// Loads and bits that several types share.
namespace packed {

__device__ __forceinline__ std::size_t block_index(const PackedMatrix& matrix, std::uint32_t row,
                                                   std::uint32_t block) {
  return std::size_t{row} * matrix.blocks + block;
}

template <typename T>
__device__ __forceinline__ T load(const std::byte* memory, std::size_t index) {
  return __ldg(reinterpret_cast<const T*>(memory) + index);
}

struct Nibbles {
  std::uint32_t words[4];

  __device__ __forceinline__ static Nibbles load(const PackedMatrix& matrix, std::size_t index) {
    const uint4 quants = load_once(matrix.quants + index);
    return {{quants.x, quants.y, quants.z, quants.w}};
  }
  /// Of the part's first and second four quants.
  __device__ __forceinline__ std::uint32_t low() const { return words[0] & 0x0f0f0f0fU; }
  __device__ __forceinline__ std::uint32_t high() const { return words[0] >> 4 & 0x0f0f0f0fU; }
  __device__ __forceinline__ void advance() {
    words[0] = words[1];
    words[1] = words[2];
    words[2] = words[3];
  }
};

/// The fifth bits of a block's quants, in their places above the nibbles of a part's.
struct FifthBits {
  std::uint32_t bits;

  __device__ __forceinline__ std::uint32_t low() const { return bits << 4 & 0x10101010U; }
  __device__ __forceinline__ std::uint32_t high() const { return bits & 0x10101010U; }
  __device__ __forceinline__ void advance() { bits >>= 1; }
};

/// weights = scale * (quant - zero); exact.
__device__ __forceinline__ void expand(std::uint32_t low, std::uint32_t high, float zero,
                                       float scale, float (&weights)[8]) {
#pragma unroll
  for (std::uint32_t i = 0; i < 4; ++i) {
    weights[i] = scale * (byte_to_float(low, i) - zero);
    weights[4 + i] = scale * (byte_to_float(high, i) - zero);
  }
}

/// weights = scale * quant + minimum.
__device__ __forceinline__ void expand_above(std::uint32_t low, std::uint32_t high, float scale,
                                             float minimum, float (&weights)[8]) {
#pragma unroll
  for (std::uint32_t i = 0; i < 4; ++i) {
    weights[i] = fmaf(byte_to_float(low, i), scale, minimum);
    weights[4 + i] = fmaf(byte_to_float(high, i), scale, minimum);
  }
}

struct ScaleAndMinimum {
  float scale;
  float minimum;
};

/// Two halves.
__device__ __forceinline__ ScaleAndMinimum load_pair(const PackedMatrix& matrix,
                                                     std::size_t index) {
  const auto bits = load<std::uint32_t>(matrix.scales, index);
  return {half_bits_to_float(bits & 0xffffU), half_bits_to_float(bits >> 16)};
}

/// Of a sub-block of Q4_K or Q5_K.
__device__ __forceinline__ ScaleAndMinimum load_sub_block(const PackedMatrix& matrix,
                                                          std::uint32_t row, std::uint32_t block) {
  const auto own = load<std::uint16_t>(matrix.scales, block_index(matrix, row, block));
  const auto super =
      load<std::uint32_t>(matrix.supers, std::size_t{row} * matrix.super_blocks() + block / 8);
  return {half_bits_to_float(super & 0xffffU) * static_cast<float>(own & 0xffU),
          -(half_bits_to_float(super >> 16) * static_cast<float>(own >> 8))};
}

__device__ __forceinline__ float load_scale(const PackedMatrix& matrix, std::size_t index) {
  return half_bits_to_float(load<std::uint16_t>(matrix.scales, index));
}

}  // namespace packed

template <>
struct WeightBlock<gguf::TensorType::kQ4_0> {
  packed::Nibbles nibbles;
  float scale;

  __device__ __forceinline__ void load(const PackedMatrix& matrix, std::uint32_t row,
                                       std::uint32_t block) {
    const std::size_t index = packed::block_index(matrix, row, block);
    nibbles = packed::Nibbles::load(matrix, index);
    scale = packed::load_scale(matrix, index);
  }
  __device__ __forceinline__ void next(float (&weights)[8]) {
    packed::expand(nibbles.low(), nibbles.high(), 8.0F, scale, weights);
    nibbles.advance();
  }
};

template <>
struct WeightBlock<gguf::TensorType::kQ4_1> {
  packed::Nibbles nibbles;
  packed::ScaleAndMinimum scale;

  __device__ __forceinline__ void load(const PackedMatrix& matrix, std::uint32_t row,
                                       std::uint32_t block) {
    const std::size_t index = packed::block_index(matrix, row, block);
    nibbles = packed::Nibbles::load(matrix, index);
    scale = packed::load_pair(matrix, index);
  }
  __device__ __forceinline__ void next(float (&weights)[8]) {
    packed::expand_above(nibbles.low(), nibbles.high(), scale.scale, scale.minimum, weights);
    nibbles.advance();
  }
};

template <>
struct WeightBlock<gguf::TensorType::kQ5_0> {
  packed::Nibbles nibbles;
  packed::FifthBits fifth;
  float scale;

  __device__ __forceinline__ void load(const PackedMatrix& matrix, std::uint32_t row,
                                       std::uint32_t block) {
    const std::size_t index = packed::block_index(matrix, row, block);
    nibbles = packed::Nibbles::load(matrix, index);
    fifth = {packed::load<std::uint32_t>(matrix.high, index)};
    scale = packed::load_scale(matrix, index);
  }
  __device__ __forceinline__ void next(float (&weights)[8]) {
    packed::expand(nibbles.low() | fifth.low(), nibbles.high() | fifth.high(), 16.0F, scale,
                   weights);
    nibbles.advance();
    fifth.advance();
  }
};

template <>
struct WeightBlock<gguf::TensorType::kQ5_1> {
  packed::Nibbles nibbles;
  packed::FifthBits fifth;
  packed::ScaleAndMinimum scale;

  __device__ __forceinline__ void load(const PackedMatrix& matrix, std::uint32_t row,
                                       std::uint32_t block) {
    const std::size_t index = packed::block_index(matrix, row, block);
    nibbles = packed::Nibbles::load(matrix, index);
    fifth = {packed::load<std::uint32_t>(matrix.high, index)};
    scale = packed::load_pair(matrix, index);
  }
  __device__ __forceinline__ void next(float (&weights)[8]) {
    packed::expand_above(nibbles.low() | fifth.low(), nibbles.high() | fifth.high(), scale.scale,
                         scale.minimum, weights);
    nibbles.advance();
    fifth.advance();
  }
};

template <>
struct WeightBlock<gguf::TensorType::kQ8_0> {
  std::uint32_t words[8];  // Quants + 128.
  float scale;

  __device__ __forceinline__ void load(const PackedMatrix& matrix, std::uint32_t row,
                                       std::uint32_t block) {
    const std::size_t first = std::size_t{row} * 2 * matrix.blocks + block;
    const uint4 even = load_once(matrix.quants + first);
    const uint4 odd = load_once(matrix.quants + first + matrix.blocks);
    words[0] = even.x, words[1] = even.y, words[2] = even.z, words[3] = even.w;
    words[4] = odd.x, words[5] = odd.y, words[6] = odd.z, words[7] = odd.w;
    scale = packed::load_scale(matrix, packed::block_index(matrix, row, block));
  }
  __device__ __forceinline__ void next(float (&weights)[8]) {
    packed::expand(words[0], words[1], 128.0F, scale, weights);
#pragma unroll
    for (int i = 0; i < 6; ++i) words[i] = words[i + 2];
  }
};

template <>
struct WeightBlock<gguf::TensorType::kQ4_K> {
  packed::Nibbles nibbles;
  packed::ScaleAndMinimum scale;

  __device__ __forceinline__ void load(const PackedMatrix& matrix, std::uint32_t row,
                                       std::uint32_t block) {
    nibbles = packed::Nibbles::load(matrix, packed::block_index(matrix, row, block));
    scale = packed::load_sub_block(matrix, row, block);
  }
  __device__ __forceinline__ void next(float (&weights)[8]) {
    packed::expand_above(nibbles.low(), nibbles.high(), scale.scale, scale.minimum, weights);
    nibbles.advance();
  }
};

template <>
struct WeightBlock<gguf::TensorType::kQ5_K> {
  packed::Nibbles nibbles;
  packed::FifthBits fifth;
  packed::ScaleAndMinimum scale;

  __device__ __forceinline__ void load(const PackedMatrix& matrix, std::uint32_t row,
                                       std::uint32_t block) {
    const std::size_t index = packed::block_index(matrix, row, block);
    nibbles = packed::Nibbles::load(matrix, index);
    fifth = {packed::load<std::uint32_t>(matrix.high, index)};
    scale = packed::load_sub_block(matrix, row, block);
  }
  __device__ __forceinline__ void next(float (&weights)[8]) {
    packed::expand_above(nibbles.low() | fifth.low(), nibbles.high() | fifth.high(), scale.scale,
                         scale.minimum, weights);
    nibbles.advance();
    fifth.advance();
  }
};

template <>
struct WeightBlock<gguf::TensorType::kQ6_K> {
  packed::Nibbles nibbles;
  uint2 pairs;  // Upper bits of the first and of the second 16 quants.
  float scales[2];

  __device__ __forceinline__ void load(const PackedMatrix& matrix, std::uint32_t row,
                                       std::uint32_t block) {
    const std::size_t index = packed::block_index(matrix, row, block);
    nibbles = packed::Nibbles::load(matrix, index);
    pairs = packed::load<uint2>(matrix.high, index);
    const auto own = packed::load<std::uint16_t>(matrix.scales, index);
    const float super = half_bits_to_float(packed::load<std::uint16_t>(
        matrix.supers, std::size_t{row} * matrix.super_blocks() + block / 8));
    scales[0] = super * static_cast<float>(static_cast<signed char>(own & 0xffU));
    scales[1] = super * static_cast<float>(static_cast<signed char>(own >> 8));
  }
  __device__ __forceinline__ void next(float (&weights)[8]) {
    const std::uint32_t low = nibbles.low() | (pairs.x & 0x03030303U) << 4;
    const std::uint32_t high = nibbles.high() | (pairs.y & 0x03030303U) << 4;
#pragma unroll
    for (std::uint32_t k = 0; k < 4; ++k) {
      weights[k] = scales[0] * (byte_to_float(low, k) - 32.0F);
      weights[4 + k] = scales[1] * (byte_to_float(high, k) - 32.0F);
    }
    nibbles.advance();
    pairs.x >>= 2;
    pairs.y >>= 2;
  }
};

/// Plane i holds part i.
template <>
struct WeightBlock<gguf::TensorType::kF16> {
  const uint4* planes;
  std::uint32_t blocks;

  __device__ __forceinline__ void load(const PackedMatrix& matrix, std::uint32_t row,
                                       std::uint32_t block) {
    planes = matrix.quants + std::size_t{row} * 4 * matrix.blocks + block;
    blocks = matrix.blocks;
  }
  __device__ __forceinline__ void next(float (&weights)[8]) {
    const uint4 halves = load_once(planes);
    const std::uint32_t words[4] = {halves.x, halves.y, halves.z, halves.w};
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      weights[2 * k] = half_bits_to_float(words[k] & 0xffffU);
      weights[2 * k + 1] = half_bits_to_float(words[k] >> 16);
    }
    planes += blocks;
  }
};

/// Plane i holds part i.
template <>
struct WeightBlock<gguf::TensorType::kBF16> {
  const uint4* planes;
  std::uint32_t blocks;

  __device__ __forceinline__ void load(const PackedMatrix& matrix, std::uint32_t row,
                                       std::uint32_t block) {
    planes = matrix.quants + std::size_t{row} * 4 * matrix.blocks + block;
    blocks = matrix.blocks;
  }
  __device__ __forceinline__ void next(float (&weights)[8]) {
    const uint4 numbers = load_once(planes);
    const std::uint32_t words[4] = {numbers.x, numbers.y, numbers.z, numbers.w};
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      weights[2 * k] = bfloat16_bits_to_float(words[k] & 0xffffU);
      weights[2 * k + 1] = bfloat16_bits_to_float(words[k] >> 16);
    }
    planes += blocks;
  }
};

/// Planes 2i and 2i + 1 hold part i.
template <>
struct WeightBlock<gguf::TensorType::kF32> {
  const uint4* planes;
  std::uint32_t blocks;

  __device__ __forceinline__ void load(const PackedMatrix& matrix, std::uint32_t row,
                                       std::uint32_t block) {
    planes = matrix.quants + std::size_t{row} * 8 * matrix.blocks + block;
    blocks = matrix.blocks;
  }
  __device__ __forceinline__ void next(float (&weights)[8]) {
    const uint4 low = load_once(planes);
    const uint4 high = load_once(planes + blocks);
    const std::uint32_t words[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
#pragma unroll
    for (int k = 0; k < 8; ++k) weights[k] = __uint_as_float(words[k]);
    planes += 2 * blocks;
  }
};

/// Calls `function` with the type as a constant, for each type that is read.
template <typename Function>
__device__ __forceinline__ void with_type(gguf::TensorType type, Function function) {
  using gguf::TensorType;
  switch (type) {
    case TensorType::kF32:
      return function.template operator()<TensorType::kF32>();
    case TensorType::kF16:
      return function.template operator()<TensorType::kF16>();
    case TensorType::kBF16:
      return function.template operator()<TensorType::kBF16>();
    case TensorType::kQ4_0:
      return function.template operator()<TensorType::kQ4_0>();
    case TensorType::kQ4_1:
      return function.template operator()<TensorType::kQ4_1>();
    case TensorType::kQ5_0:
      return function.template operator()<TensorType::kQ5_0>();
    case TensorType::kQ5_1:
      return function.template operator()<TensorType::kQ5_1>();
    case TensorType::kQ8_0:
      return function.template operator()<TensorType::kQ8_0>();
    case TensorType::kQ4_K:
      return function.template operator()<TensorType::kQ4_K>();
    case TensorType::kQ5_K:
      return function.template operator()<TensorType::kQ5_K>();
    case TensorType::kQ6_K:
      return function.template operator()<TensorType::kQ6_K>();
  }
}

}  // namespace nextline::cuda
