#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "engine/gguf/tensor_type.h"

namespace nextline::gguf {
namespace {

constexpr std::uint32_t kHalves = 0x10000;
constexpr std::uint16_t kInfinity = 0x7c00;
constexpr std::uint16_t kLargest = 0x7bff;  // 65504

bool is_nan(std::uint16_t half) { return (half & 0x7fff) > kInfinity; }

/// What a half that is finite stands for, by definition.
double defined_value(std::uint16_t half) {
  const int exponent = half >> 10 & 0x1f;
  const int fraction = half & 0x3ff;
  const double magnitude =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

TEST(HalfToFloat, IsTheDefinedValueOfEveryFiniteHalf) {
  for (std::uint32_t bits = 0; bits < kHalves; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if ((half & 0x7fff) >= kInfinity) continue;
    const float value = half_to_float(half);
    ASSERT_EQ(value, defined_value(half)) << std::hex << half;
    ASSERT_EQ(std::signbit(value), (half & 0x8000) != 0) << std::hex << half;
  }
}

TEST(HalfToFloat, KeepsInfinitiesAndNaNs) {
  EXPECT_EQ(half_to_float(kInfinity), std::numeric_limits<float>::infinity());
  EXPECT_EQ(half_to_float(0x8000 | kInfinity), -std::numeric_limits<float>::infinity());
  for (std::uint32_t fraction = 1; fraction < 0x400; ++fraction) {
    EXPECT_TRUE(std::isnan(half_to_float(static_cast<std::uint16_t>(kInfinity | fraction))));
  }
}

TEST(FloatToHalf, RoundTripsEveryHalf) {
  for (std::uint32_t bits = 0; bits < kHalves; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const std::uint16_t quiet = is_nan(half) ? half | 0x0200 : half;
    ASSERT_EQ(float_to_half(half_to_float(half)), quiet) << std::hex << half;
  }
}

// Between every two neighbours: the middle goes to the even one, and the next float on either side
// of the middle to the nearer one. This includes the subnormal halves and the step to infinity.
TEST(FloatToHalf, RoundsToNearestAndTiesToEven) {
  for (std::uint16_t lower = 0; lower <= kLargest; ++lower) {
    const auto upper = static_cast<std::uint16_t>(lower + 1);
    const double next = upper == kInfinity ? 65536.0 : defined_value(upper);
    const auto middle = static_cast<float>((defined_value(lower) + next) / 2);
    const std::uint16_t even = (lower & 1) == 0 ? lower : upper;

    ASSERT_EQ(float_to_half(middle), even) << std::hex << lower;
    ASSERT_EQ(float_to_half(std::nextafter(middle, 0.0f)), lower) << std::hex << lower;
    ASSERT_EQ(float_to_half(std::nextafter(middle, 1e30f)), upper) << std::hex << lower;
    ASSERT_EQ(float_to_half(-middle), even | 0x8000) << std::hex << lower;
  }
}

TEST(FloatToHalf, OverflowsToInfinity) {
  EXPECT_EQ(float_to_half(65519.996f), kLargest);
  EXPECT_EQ(float_to_half(65520.0f), kInfinity);
  EXPECT_EQ(float_to_half(1e30f), kInfinity);
  EXPECT_EQ(float_to_half(-1e30f), 0x8000 | kInfinity);
  EXPECT_EQ(float_to_half(std::numeric_limits<float>::infinity()), kInfinity);
}

TEST(FloatToHalf, UnderflowsToZeroOfTheSameSign) {
  EXPECT_EQ(float_to_half(0x1p-25f), 0);
  EXPECT_EQ(float_to_half(std::numeric_limits<float>::denorm_min()), 0);
  EXPECT_EQ(float_to_half(-1e-30f), 0x8000);
  EXPECT_EQ(float_to_half(-0.0f), 0x8000);
}

TEST(FloatToHalf, KeepsNaNsWhateverTheirPayload) {
  EXPECT_EQ(float_to_half(std::bit_cast<float>(0x7fc00000u)), 0x7e00);
  EXPECT_EQ(float_to_half(std::bit_cast<float>(0xffc00000u)), 0xfe00);
  // The payload lies in the bits that a half has no room for.
  EXPECT_TRUE(is_nan(float_to_half(std::bit_cast<float>(0x7f800001u))));
}

bool is_bfloat16_nan(std::uint16_t number) { return (number & 0x7fff) > 0x7f80; }

TEST(Bfloat16, IsTheUpperHalfOfAFloat) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto number = static_cast<std::uint16_t>(bits);
    ASSERT_EQ(std::bit_cast<std::uint32_t>(bfloat16_to_float(number)), bits << 16);
    const std::uint16_t quiet = is_bfloat16_nan(number) ? number | 0x0040 : number;
    ASSERT_EQ(float_to_bfloat16(bfloat16_to_float(number)), quiet) << std::hex << number;
  }
}

// Between every two neighbours, as of halves; the step to infinity included.
TEST(Bfloat16, IsTheNearestToAFloatAndTheEvenOneOfTwo) {
  for (std::uint16_t lower = 0; lower < 0x7f80; ++lower) {
    const std::uint32_t middle = std::uint32_t{lower} << 16 | 0x8000;
    const auto upper = static_cast<std::uint16_t>(lower + 1);
    const std::uint16_t even = (lower & 1) == 0 ? lower : upper;
    const auto stored = [](std::uint32_t bits) {
      return float_to_bfloat16(std::bit_cast<float>(bits));
    };
    ASSERT_EQ(stored(middle), even) << std::hex << lower;
    ASSERT_EQ(stored(middle - 1), lower) << std::hex << lower;
    ASSERT_EQ(stored(middle + 1), upper) << std::hex << lower;
    ASSERT_EQ(stored(middle | 0x80000000u), even | 0x8000) << std::hex << lower;
  }
}

TEST(Bfloat16, KeepsNaNsWhateverTheirPayload) {
  EXPECT_EQ(float_to_bfloat16(std::bit_cast<float>(0x7fc00000u)), 0x7fc0);
  EXPECT_EQ(float_to_bfloat16(std::bit_cast<float>(0xffc00000u)), 0xffc0);
  // Rounding these up would give infinity, or minus zero.
  EXPECT_EQ(float_to_bfloat16(std::bit_cast<float>(0x7f800001u)), 0x7fc0);
  EXPECT_EQ(float_to_bfloat16(std::bit_cast<float>(0x7fffffffu)), 0x7fff);
}

}  // namespace
}  // namespace nextline::gguf
