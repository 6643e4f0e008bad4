#include "engine/gguf/tensor_type.h"

#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

#include "engine/gguf/blocks.h"

namespace nextline::gguf {
namespace {

template <typename Block>
using Elements = std::span<float, Block::kElements>;

// The fifth bit of element `index`, in its place above a nibble.
int fifth_bit(const std::array<std::uint8_t, 4>& high_bits, std::size_t index) {
  return (high_bits[index / 8] >> (index % 8) & 1) << 4;
}

void expand(const BlockF32& block, Elements<BlockF32> values) { values[0] = block.value; }

void expand(const BlockF16& block, Elements<BlockF16> values) {
  values[0] = half_to_float(block.value);
}

void expand(const BlockBF16& block, Elements<BlockBF16> values) {
  values[0] = bfloat16_to_float(block.value);
}

void expand(const BlockQ4_0& block, Elements<BlockQ4_0> values) {
  const float scale = half_to_float(block.scale);
  for (std::size_t i = 0; i < 16; ++i) {
    values[i] = scale * static_cast<float>((block.quants[i] & 15) - 8);
    values[i + 16] = scale * static_cast<float>((block.quants[i] >> 4) - 8);
  }
}

void expand(const BlockQ4_1& block, Elements<BlockQ4_1> values) {
  const float scale = half_to_float(block.scale);
  const float minimum = half_to_float(block.minimum);
  for (std::size_t i = 0; i < 16; ++i) {
    values[i] = scale * static_cast<float>(block.quants[i] & 15) + minimum;
    values[i + 16] = scale * static_cast<float>(block.quants[i] >> 4) + minimum;
  }
}

void expand(const BlockQ5_0& block, Elements<BlockQ5_0> values) {
  const float scale = half_to_float(block.scale);
  for (std::size_t i = 0; i < 16; ++i) {
    const int low = (block.quants[i] & 15) | fifth_bit(block.high_bits, i);
    const int high = (block.quants[i] >> 4) | fifth_bit(block.high_bits, i + 16);
    values[i] = scale * static_cast<float>(low - 16);
    values[i + 16] = scale * static_cast<float>(high - 16);
  }
}

void expand(const BlockQ5_1& block, Elements<BlockQ5_1> values) {
  const float scale = half_to_float(block.scale);
  const float minimum = half_to_float(block.minimum);
  for (std::size_t i = 0; i < 16; ++i) {
    const int low = (block.quants[i] & 15) | fifth_bit(block.high_bits, i);
    const int high = (block.quants[i] >> 4) | fifth_bit(block.high_bits, i + 16);
    values[i] = scale * static_cast<float>(low) + minimum;
    values[i + 16] = scale * static_cast<float>(high) + minimum;
  }
}

void expand(const BlockQ8_0& block, Elements<BlockQ8_0> values) {
  const float scale = half_to_float(block.scale);
  for (std::size_t i = 0; i < 32; ++i) values[i] = scale * static_cast<float>(block.quants[i]);
}

// Q4_K and Q5_K differ in their quants only; `quant(sub_block, i)` gives that of one element.
template <typename Block, typename Quant>
void expand_sub_blocks(const Block& block, Elements<Block> values, Quant quant) {
  const float scale = half_to_float(block.scale);
  const float minimum_scale = half_to_float(block.minimum_scale);
  for (std::size_t sub_block = 0; sub_block < PackedScales::kSubBlocks; ++sub_block) {
    const float step = scale * static_cast<float>(block.sub_blocks.scale(sub_block));
    const float minimum = minimum_scale * static_cast<float>(block.sub_blocks.minimum(sub_block));
    for (std::size_t i = 0; i < PackedScales::kSubBlockElements; ++i) {
      values[sub_block * PackedScales::kSubBlockElements + i] =
          step * static_cast<float>(quant(sub_block, i)) - minimum;
    }
  }
}

// Two sub-blocks share 32 bytes, the even one in the low nibbles.
int nibble(const std::array<std::uint8_t, 128>& quants, std::size_t sub_block, std::size_t i) {
  return quants[sub_block / 2 * 32 + i] >> (sub_block % 2 * 4) & 15;
}

void expand(const BlockQ4_K& block, Elements<BlockQ4_K> values) {
  expand_sub_blocks(block, values, [&block](std::size_t sub_block, std::size_t i) {
    return nibble(block.quants, sub_block, i);
  });
}

void expand(const BlockQ5_K& block, Elements<BlockQ5_K> values) {
  expand_sub_blocks(block, values, [&block](std::size_t sub_block, std::size_t i) {
    return nibble(block.quants, sub_block, i) | (block.high_bits[i] >> sub_block & 1) << 4;
  });
}

void expand(const BlockQ6_K& block, Elements<BlockQ6_K> values) {
  const float scale = half_to_float(block.scale);
  for (std::size_t i = 0; i < BlockQ6_K::kElements; ++i) {
    const std::size_t half = i / 128;
    const std::size_t quarter = i % 128 / 32;  // Of the half.
    const int low = block.low_nibbles[half * 64 + i % 64] >> (quarter / 2 * 4) & 15;
    const int high = block.high_pairs[half * 32 + i % 32] >> (quarter * 2) & 3;
    const float step =
        scale * static_cast<float>(block.sub_block_scales[i / BlockQ6_K::kSubBlockElements]);
    values[i] = step * static_cast<float>((low | high << 4) - 32);
  }
}

template <typename Block>
void expand_row(std::span<const std::byte> row, std::span<float> values) {
  assert(values.size() % Block::kElements == 0);
  assert(row.size() == values.size() / Block::kElements * sizeof(Block));
  for (std::size_t i = 0; i < values.size() / Block::kElements; ++i) {
    Block block;  // A copy, because rows need not be aligned.
    std::memcpy(&block, row.data() + i * sizeof(Block), sizeof(Block));
    expand(block, Elements<Block>(values.data() + i * Block::kElements, Block::kElements));
  }
}

/// What is known about a type that Nextline reads.
struct Format {
  TensorType type;
  TensorTypeTraits traits;
  void (*expand_row)(std::span<const std::byte> row, std::span<float> values);
};

template <typename Block>
constexpr Format format(TensorType type, std::string_view name) {
  return {type,
          {name, static_cast<std::uint32_t>(Block::kElements),
           static_cast<std::uint32_t>(sizeof(Block))},
          expand_row<Block>};
}

constexpr std::array kFormats = {
    format<BlockF32>(TensorType::kF32, "F32"),    format<BlockF16>(TensorType::kF16, "F16"),
    format<BlockQ4_0>(TensorType::kQ4_0, "Q4_0"), format<BlockQ4_1>(TensorType::kQ4_1, "Q4_1"),
    format<BlockQ5_0>(TensorType::kQ5_0, "Q5_0"), format<BlockQ5_1>(TensorType::kQ5_1, "Q5_1"),
    format<BlockQ8_0>(TensorType::kQ8_0, "Q8_0"), format<BlockQ4_K>(TensorType::kQ4_K, "Q4_K"),
    format<BlockQ5_K>(TensorType::kQ5_K, "Q5_K"), format<BlockQ6_K>(TensorType::kQ6_K, "Q6_K"),
    format<BlockBF16>(TensorType::kBF16, "BF16"),
};

constexpr auto kTensorTypes = [] {
  std::array<TensorType, kFormats.size()> types{};
  for (std::size_t i = 0; i < types.size(); ++i) types[i] = kFormats[i].type;
  return types;
}();

// Types of the format that Nextline does not read, so that an error can name them.
constexpr std::pair<std::uint32_t, std::string_view> kOtherTypes[] = {
    {9, "Q8_1"},     {10, "Q2_K"},  {11, "Q3_K"},   {15, "Q8_K"},  {16, "IQ2_XXS"}, {17, "IQ2_XS"},
    {18, "IQ3_XXS"}, {19, "IQ1_S"}, {20, "IQ4_NL"}, {21, "IQ3_S"}, {22, "IQ2_S"},   {23, "IQ4_XS"},
    {24, "I8"},      {25, "I16"},   {26, "I32"},    {27, "I64"},   {28, "F64"},     {29, "IQ1_M"},
    {34, "TQ1_0"},   {35, "TQ2_0"}, {39, "MXFP4"},  {40, "NVFP4"}, {41, "Q1_0"},
};

const Format* find_format(TensorType type) {
  for (const Format& known : kFormats) {
    if (known.type == type) return &known;
  }
  return nullptr;
}

const Format& format_of(TensorType type) {
  const Format* const known = find_format(type);
  assert(known != nullptr);
  return *known;
}

// Drops the low `shift` bits (1 to 31) of `number`, rounding to nearest, ties to even.
std::uint32_t round_off(std::uint32_t number, std::uint32_t shift) {
  const std::uint32_t kept = number >> shift;
  const std::uint32_t dropped = number & ((1u << shift) - 1);
  const std::uint32_t half = 1u << (shift - 1);
  const bool up = dropped > half || (dropped == half && (kept & 1) != 0);
  return kept + (up ? 1 : 0);
}

}  // namespace

std::optional<TensorType> tensor_type_from_number(std::uint32_t number) {
  const auto type = static_cast<TensorType>(number);
  return find_format(type) != nullptr ? std::optional(type) : std::nullopt;
}

std::span<const TensorType> tensor_types() { return kTensorTypes; }

std::string_view tensor_type_name(std::uint32_t number) {
  if (const auto type = tensor_type_from_number(number)) return traits_of(*type).name;
  for (const auto& [other, name] : kOtherTypes) {
    if (other == number) return name;
  }
  return {};
}

const TensorTypeTraits& traits_of(TensorType type) { return format_of(type).traits; }

void dequantize_row(TensorType type, std::span<const std::byte> row, std::span<float> values) {
  format_of(type).expand_row(row, values);
}

// A binary16 number is sign (1 bit), exponent (5, bias 15), fraction (10); a binary32 number is
// sign (1), exponent (8, bias 127), fraction (23).

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16;
  const std::uint32_t exponent = half >> 10 & 0x1fu;
  const std::uint32_t fraction = half & 0x3ffu;
  if (exponent == 0) {  // Zero or subnormal: the fraction counts units of 2^-24.
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
  }
  const std::uint32_t wide_exponent = exponent == 0x1f ? 0xff : exponent + (127 - 15);
  return std::bit_cast<float>(sign | wide_exponent << 23 | fraction << 13);
}

std::uint16_t float_to_half(float value) {
  constexpr std::uint32_t kInfinity = 0x7f800000;
  constexpr std::uint32_t kFirstTooLarge = (127u + 16) << 23;   // 2^16
  constexpr std::uint32_t kSmallestNormal = (127u - 14) << 23;  // 2^-14
  constexpr std::uint32_t kHalfAUnit = (127u - 25) << 23;       // 2^-25 ties to zero.

  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  std::uint32_t half;
  if (magnitude > kInfinity) {
    half = 0x7e00u | (magnitude >> 13 & 0x3ffu);
  } else if (magnitude >= kFirstTooLarge) {
    half = 0x7c00u;
  } else if (magnitude >= kSmallestNormal) {
    // A fraction that rounds up to the next power of two carries into the exponent, as it should.
    half = round_off(magnitude - ((127u - 15) << 23), 13);
  } else if (magnitude > kHalfAUnit) {
    const std::uint32_t fraction = (magnitude & 0x7fffffu) | 0x800000u;
    half = round_off(fraction, 126 - (magnitude >> 23));  // In units of 2^-24.
  } else {
    half = 0;
  }
  return static_cast<std::uint16_t>(sign | half);
}

float bfloat16_to_float(std::uint16_t bfloat16) {
  return std::bit_cast<float>(std::uint32_t{bfloat16} << 16);
}

std::uint16_t float_to_bfloat16(float value) {
  constexpr std::uint32_t kInfinity = 0x7f800000;
  constexpr std::uint32_t kQuiet = 0x00400000;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  // A fraction that rounds up to the next power of two carries into the exponent, as it should.
  const std::uint32_t rounded =
      magnitude > kInfinity ? (magnitude | kQuiet) >> 16 : round_off(magnitude, 16);
  return static_cast<std::uint16_t>((bits >> 16 & 0x8000u) | rounded);
}

}  // namespace nextline::gguf
