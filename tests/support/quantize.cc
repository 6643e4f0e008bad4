#include "tests/support/quantize.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <utility>

#include "engine/gguf/blocks.h"

namespace nextline::test {
namespace {

using gguf::float_to_half;
using gguf::half_to_float;

template <typename Block>
using Elements = std::span<const float, Block::kElements>;

/// The value of the largest magnitude, with its sign.
float extreme(std::span<const float> values) {
  return *std::max_element(values.begin(), values.end(),
                           [](float a, float b) { return std::abs(a) < std::abs(b); });
}

/// The whole number nearest to value / step within the limits; zero where there is no step.
int steps(float value, float step, int lowest, int highest) {
  if (step == 0) return 0;
  const float nearest = std::nearbyint(value / step);
  return static_cast<int>(
      std::clamp(nearest, static_cast<float>(lowest), static_cast<float>(highest)));
}

std::uint8_t byte(int value) { return static_cast<std::uint8_t>(value); }

void set_fifth_bit(std::array<std::uint8_t, 4>& high_bits, std::size_t index, int quant) {
  high_bits[index / 8] = byte(high_bits[index / 8] | (quant >> 4 & 1) << (index % 8));
}

void fill(gguf::BlockF32& block, Elements<gguf::BlockF32> values) { block.value = values[0]; }

void fill(gguf::BlockF16& block, Elements<gguf::BlockF16> values) {
  block.value = float_to_half(values[0]);
}

void fill(gguf::BlockBF16& block, Elements<gguf::BlockBF16> values) {
  block.value = gguf::float_to_bfloat16(values[0]);
}

// A scale from the extreme value alone: it becomes the lowest quant, which has no positive twin.
void fill(gguf::BlockQ4_0& block, Elements<gguf::BlockQ4_0> values) {
  block.scale = float_to_half(extreme(values) / -8);
  const float scale = half_to_float(block.scale);
  for (std::size_t i = 0; i < 16; ++i) {
    const int low = steps(values[i], scale, -8, 7) + 8;
    const int high = steps(values[i + 16], scale, -8, 7) + 8;
    block.quants[i] = byte(low | high << 4);
  }
}

void fill(gguf::BlockQ5_0& block, Elements<gguf::BlockQ5_0> values) {
  block.scale = float_to_half(extreme(values) / -16);
  const float scale = half_to_float(block.scale);
  for (std::size_t i = 0; i < 16; ++i) {
    const int low = steps(values[i], scale, -16, 15) + 16;
    const int high = steps(values[i + 16], scale, -16, 15) + 16;
    block.quants[i] = byte((low & 15) | (high & 15) << 4);
    set_fifth_bit(block.high_bits, i, low);
    set_fifth_bit(block.high_bits, i + 16, high);
  }
}

void fill(gguf::BlockQ4_1& block, Elements<gguf::BlockQ4_1> values) {
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  block.minimum = float_to_half(*least);
  const float minimum = half_to_float(block.minimum);
  block.scale = float_to_half((*greatest - minimum) / 15);
  const float scale = half_to_float(block.scale);
  for (std::size_t i = 0; i < 16; ++i) {
    const int low = steps(values[i] - minimum, scale, 0, 15);
    const int high = steps(values[i + 16] - minimum, scale, 0, 15);
    block.quants[i] = byte(low | high << 4);
  }
}

void fill(gguf::BlockQ5_1& block, Elements<gguf::BlockQ5_1> values) {
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  block.minimum = float_to_half(*least);
  const float minimum = half_to_float(block.minimum);
  block.scale = float_to_half((*greatest - minimum) / 31);
  const float scale = half_to_float(block.scale);
  for (std::size_t i = 0; i < 16; ++i) {
    const int low = steps(values[i] - minimum, scale, 0, 31);
    const int high = steps(values[i + 16] - minimum, scale, 0, 31);
    block.quants[i] = byte((low & 15) | (high & 15) << 4);
    set_fifth_bit(block.high_bits, i, low);
    set_fifth_bit(block.high_bits, i + 16, high);
  }
}

void fill(gguf::BlockQ8_0& block, Elements<gguf::BlockQ8_0> values) {
  block.scale = float_to_half(std::abs(extreme(values)) / 127);
  const float scale = half_to_float(block.scale);
  for (std::size_t i = 0; i < values.size(); ++i) {
    block.quants[i] = static_cast<std::int8_t>(steps(values[i], scale, -127, 127));
  }
}

void pack_scale(gguf::PackedScales& packed, std::size_t sub_block, int scale, int minimum) {
  auto& bytes = packed.bytes;
  if (sub_block < 4) {
    bytes[sub_block] = byte(bytes[sub_block] | scale);
    bytes[sub_block + 4] = byte(bytes[sub_block + 4] | minimum);
  } else {
    bytes[sub_block + 4] = byte((scale & 15) | (minimum & 15) << 4);
    bytes[sub_block - 4] = byte(bytes[sub_block - 4] | (scale >> 4) << 6);
    bytes[sub_block] = byte(bytes[sub_block] | (minimum >> 4) << 6);
  }
}

/// The sub-block scales of a Q4_K or Q5_K block, and its quants (0 to `largest_quant`).
template <typename Block>
std::array<int, Block::kElements> fill_scales(Block& block, Elements<Block> values,
                                              int largest_quant) {
  constexpr std::size_t kSize = gguf::PackedScales::kSubBlockElements;
  constexpr std::size_t kSubBlocks = gguf::PackedScales::kSubBlocks;

  // What a sub-block would choose alone. The format subtracts minimums and has no negative ones.
  std::array<float, kSubBlocks> step{};
  std::array<float, kSubBlocks> minimum{};
  for (std::size_t s = 0; s < kSubBlocks; ++s) {
    const auto sub_block = values.subspan(s * kSize, kSize);
    const auto [least, greatest] = std::minmax_element(sub_block.begin(), sub_block.end());
    minimum[s] = std::max(0.0f, -*least);
    step[s] = std::max(0.0f, *greatest + minimum[s]) / static_cast<float>(largest_quant);
  }
  block.scale = float_to_half(*std::max_element(step.begin(), step.end()) / 63);
  block.minimum_scale = float_to_half(*std::max_element(minimum.begin(), minimum.end()) / 63);

  std::array<int, Block::kElements> quants{};
  const float scale = half_to_float(block.scale);
  const float minimum_scale = half_to_float(block.minimum_scale);
  for (std::size_t s = 0; s < kSubBlocks; ++s) {
    const int packed_scale = steps(step[s], scale, 0, 63);
    const int packed_minimum = steps(minimum[s], minimum_scale, 0, 63);
    pack_scale(block.sub_blocks, s, packed_scale, packed_minimum);
    for (std::size_t i = s * kSize; i < (s + 1) * kSize; ++i) {
      quants[i] = steps(values[i] + minimum_scale * static_cast<float>(packed_minimum),
                        scale * static_cast<float>(packed_scale), 0, largest_quant);
    }
  }
  return quants;
}

template <std::size_t kElements>
void set_nibbles(std::array<std::uint8_t, 128>& bytes, const std::array<int, kElements>& quants) {
  for (std::size_t i = 0; i < 128; ++i) {
    const std::size_t low = i / 32 * 64 + i % 32;
    bytes[i] = byte((quants[low] & 15) | (quants[low + 32] & 15) << 4);
  }
}

void fill(gguf::BlockQ4_K& block, Elements<gguf::BlockQ4_K> values) {
  set_nibbles(block.quants, fill_scales(block, values, 15));
}

void fill(gguf::BlockQ5_K& block, Elements<gguf::BlockQ5_K> values) {
  const auto quants = fill_scales(block, values, 31);
  set_nibbles(block.quants, quants);
  for (std::size_t i = 0; i < quants.size(); ++i) {
    block.high_bits[i % 32] = byte(block.high_bits[i % 32] | (quants[i] >> 4) << (i / 32));
  }
}

void fill(gguf::BlockQ6_K& block, Elements<gguf::BlockQ6_K> values) {
  constexpr std::size_t kSize = gguf::BlockQ6_K::kSubBlockElements;
  std::array<float, 16> step{};
  for (std::size_t s = 0; s < 16; ++s) step[s] = extreme(values.subspan(s * kSize, kSize)) / -32;
  block.scale = float_to_half(extreme(step) / -128);
  const float scale = half_to_float(block.scale);
  for (std::size_t s = 0; s < 16; ++s) {
    block.sub_block_scales[s] = static_cast<std::int8_t>(steps(step[s], scale, -128, 127));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto sub_block_step = scale * static_cast<float>(block.sub_block_scales[i / kSize]);
    const int quant = steps(values[i], sub_block_step, -32, 31) + 32;
    const std::size_t half = i / 128;
    const std::size_t quarter = i % 128 / 32;
    auto& low = block.low_nibbles[half * 64 + i % 64];
    auto& high = block.high_pairs[half * 32 + i % 32];
    low = byte(low | (quant & 15) << (quarter / 2 * 4));
    high = byte(high | (quant >> 4) << (quarter * 2));
  }
}

template <typename Block>
std::vector<std::byte> quantize_blocks(std::span<const float> values) {
  assert(values.size() % Block::kElements == 0);
  std::vector<Block> blocks(values.size() / Block::kElements);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    fill(blocks[i], Elements<Block>(values.data() + i * Block::kElements, Block::kElements));
  }
  const auto bytes = std::as_bytes(std::span(blocks));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::vector<std::byte> quantize(gguf::TensorType type, std::span<const float> values) {
  switch (type) {
    case gguf::TensorType::kF32:
      return quantize_blocks<gguf::BlockF32>(values);
    case gguf::TensorType::kF16:
      return quantize_blocks<gguf::BlockF16>(values);
    case gguf::TensorType::kBF16:
      return quantize_blocks<gguf::BlockBF16>(values);
    case gguf::TensorType::kQ4_0:
      return quantize_blocks<gguf::BlockQ4_0>(values);
    case gguf::TensorType::kQ4_1:
      return quantize_blocks<gguf::BlockQ4_1>(values);
    case gguf::TensorType::kQ5_0:
      return quantize_blocks<gguf::BlockQ5_0>(values);
    case gguf::TensorType::kQ5_1:
      return quantize_blocks<gguf::BlockQ5_1>(values);
    case gguf::TensorType::kQ8_0:
      return quantize_blocks<gguf::BlockQ8_0>(values);
    case gguf::TensorType::kQ4_K:
      return quantize_blocks<gguf::BlockQ4_K>(values);
    case gguf::TensorType::kQ5_K:
      return quantize_blocks<gguf::BlockQ5_K>(values);
    case gguf::TensorType::kQ6_K:
      return quantize_blocks<gguf::BlockQ6_K>(values);
  }
  assert(false);
  return {};
}

}  // namespace nextline::test
