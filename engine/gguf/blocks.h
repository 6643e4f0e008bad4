#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// The layouts of the storage types' blocks, as they lie in a file. Scales are binary16 numbers.
///
/// Where two elements share a byte, a *run* of elements lies in the low nibbles of consecutive
/// bytes and the run behind it in the high nibbles of the same bytes.
namespace nextline::gguf {

struct BlockF32 {
  static constexpr std::size_t kElements = 1;
  float value;
};

struct BlockF16 {
  static constexpr std::size_t kElements = 1;
  std::uint16_t value;
};

/// The upper half of a binary32 number.
struct BlockBF16 {
  static constexpr std::size_t kElements = 1;
  std::uint16_t value;
};

/// value = scale * (quant - 8). Runs of 16.
struct BlockQ4_0 {
  static constexpr std::size_t kElements = 32;
  std::uint16_t scale;
  std::array<std::uint8_t, 16> quants;
};

/// value = scale * quant + minimum. Runs of 16.
struct BlockQ4_1 {
  static constexpr std::size_t kElements = 32;
  std::uint16_t scale;
  std::uint16_t minimum;
  std::array<std::uint8_t, 16> quants;
};

/// value = scale * (quant - 16). The fifth bit of element i is bit i of `high_bits`. Runs of 16.
struct BlockQ5_0 {
  static constexpr std::size_t kElements = 32;
  std::uint16_t scale;
  std::array<std::uint8_t, 4> high_bits;
  std::array<std::uint8_t, 16> quants;
};

/// value = scale * quant + minimum, with five bits as in Q5_0.
struct BlockQ5_1 {
  static constexpr std::size_t kElements = 32;
  std::uint16_t scale;
  std::uint16_t minimum;
  std::array<std::uint8_t, 4> high_bits;
  std::array<std::uint8_t, 16> quants;
};

/// value = scale * quant.
struct BlockQ8_0 {
  static constexpr std::size_t kElements = 32;
  std::uint16_t scale;
  std::array<std::int8_t, 32> quants;
};

/// The 6-bit scales and minimums of the eight sub-blocks of 32 elements in Q4_K and Q5_K.
/// Sub-blocks 0 to 3 have theirs in the low six bits of bytes 0 to 3 (scales) and 4 to 7
/// (minimums). Sub-blocks 4 to 7 have the low four bits in bytes 8 to 11 (scale low nibble, minimum
/// high nibble) and the upper two bits on top of bytes 0 to 7.
struct PackedScales {
  static constexpr std::size_t kSubBlocks = 8;
  static constexpr std::size_t kSubBlockElements = 32;

  std::array<std::uint8_t, 12> bytes;

  int scale(std::size_t sub_block) const {
    return sub_block < 4 ? bytes[sub_block] & 63
                         : (bytes[sub_block + 4] & 15) | (bytes[sub_block - 4] >> 6) << 4;
  }
  int minimum(std::size_t sub_block) const {
    return sub_block < 4 ? bytes[sub_block + 4] & 63
                         : (bytes[sub_block + 4] >> 4) | (bytes[sub_block] >> 6) << 4;
  }
};

/// value = (scale * sub-block scale) * quant - (minimum_scale * sub-block minimum). Runs of 32.
struct BlockQ4_K {
  static constexpr std::size_t kElements = 256;
  std::uint16_t scale;
  std::uint16_t minimum_scale;
  PackedScales sub_blocks;
  std::array<std::uint8_t, 128> quants;
};

/// As Q4_K with a fifth bit: that of element i of sub-block s is bit s of `high_bits[i]`.
struct BlockQ5_K {
  static constexpr std::size_t kElements = 256;
  std::uint16_t scale;
  std::uint16_t minimum_scale;
  PackedScales sub_blocks;
  std::array<std::uint8_t, 32> high_bits;
  std::array<std::uint8_t, 128> quants;
};

/// value = (scale * sub-block scale) * (quant - 32), with a signed scale per 16 elements.
/// Each half of 128 elements has 64 bytes of low nibbles in runs of 64, and 32 bytes of upper bit
/// pairs: byte i holds those of elements i, i + 32, i + 64 and i + 96, the first lowest.
struct BlockQ6_K {
  static constexpr std::size_t kElements = 256;
  static constexpr std::size_t kSubBlockElements = 16;
  std::array<std::uint8_t, 128> low_nibbles;
  std::array<std::uint8_t, 64> high_pairs;
  std::array<std::int8_t, 16> sub_block_scales;
  std::uint16_t scale;
};

static_assert(sizeof(BlockQ4_0) == 18 && sizeof(BlockQ4_1) == 20);
static_assert(sizeof(BlockQ5_0) == 22 && sizeof(BlockQ5_1) == 24);
static_assert(sizeof(BlockQ8_0) == 34);
static_assert(sizeof(BlockQ4_K) == 144 && sizeof(BlockQ5_K) == 176 && sizeof(BlockQ6_K) == 210);

}  // namespace nextline::gguf
