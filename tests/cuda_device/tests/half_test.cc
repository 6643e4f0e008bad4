#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "tests/support/random.h"

namespace nextline::cuda_device {
namespace {

/// A format of 16 bits as its definition has it, in doubles, which hold all of its numbers and all
/// middles between two of them.
struct Format {
  int exponent_bits;
  int fraction_bits;

  int bias() const { return (1 << (exponent_bits - 1)) - 1; }
  std::uint32_t infinity() const { return ((1U << exponent_bits) - 1) << fraction_bits; }

  bool is_nan(std::uint32_t bits) const { return (bits & 0x7fff) > infinity(); }

  double value(std::uint32_t bits) const {
    const auto exponent = static_cast<int>((bits & 0x7fff) >> fraction_bits);
    const int one = 1 << fraction_bits;
    const int fraction = static_cast<int>(bits) & (one - 1);
    const double magnitude = (bits & 0x7fff) == infinity() ? std::numeric_limits<double>::infinity()
                             : exponent == 0
                                 ? std::ldexp(fraction, 1 - bias() - fraction_bits)
                                 : std::ldexp(one + fraction, exponent - bias() - fraction_bits);
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
  }

  /// The nearest number, of two the even one: a search through all of them.
  std::uint32_t nearest(float value) const {
    const std::uint32_t sign = std::signbit(value) ? 0x8000 : 0;
    const double magnitude = std::fabs(static_cast<double>(value));
    std::uint32_t below = 0;
    for (std::uint32_t step = 0x4000; step != 0; step /= 2) {
      const std::uint32_t next = below + step;
      if (next <= infinity() && this->value(next) <= magnitude) below = next;
    }
    if (below == infinity()) return sign | below;
    // Where infinity stands, the next number would: rounding goes by its distance.
    const double above =
        below + 1 == infinity() ? std::ldexp(1.0, bias() + 1) : this->value(below + 1);
    const double middle = (this->value(below) + above) / 2;
    const bool goes_up = magnitude > middle || (magnitude == middle && below % 2 != 0);
    return sign | (below + (goes_up ? 1 : 0));
  }
};

constexpr Format kHalf{5, 10};
constexpr Format kBFloat16{8, 7};

std::uint32_t to_half(float value) { return __half_as_ushort(__float2half_rn(value)); }
float from_half(std::uint32_t bits) {
  return __half2float(__ushort_as_half(static_cast<unsigned short>(bits)));
}
std::uint32_t to_bfloat16(float value) { return __bfloat16_as_ushort(__float2bfloat16_rn(value)); }
float from_bfloat16(std::uint32_t bits) {
  return __bfloat162float(__ushort_as_bfloat16(static_cast<unsigned short>(bits)));
}

struct Conversion {
  Format format;
  std::uint32_t (*to)(float);
  float (*from)(std::uint32_t);
};

class HalfTest : public testing::TestWithParam<Conversion> {};
INSTANTIATE_TEST_SUITE_P(Formats, HalfTest,
                         testing::Values(Conversion{kHalf, to_half, from_half},
                                         Conversion{kBFloat16, to_bfloat16, from_bfloat16}),
                         [](const auto& conversion) {
                           return conversion.param.format.exponent_bits == 5 ? "Half" : "BFloat16";
                         });

TEST_P(HalfTest, EachPatternIsItsNumberAndComesBack) {
  const auto& [format, to, from] = GetParam();
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    if (format.is_nan(bits)) {
      ASSERT_TRUE(std::isnan(from(bits))) << std::hex << bits;
      ASSERT_EQ(to(from(bits)), 0x7fffU) << std::hex << bits;
      continue;
    }
    ASSERT_EQ(from(bits), format.value(bits)) << std::hex << bits;
    ASSERT_EQ(std::signbit(from(bits)), bits >= 0x8000) << std::hex << bits;
    ASSERT_EQ(to(from(bits)), bits) << std::hex << bits;
  }
}

/// The middles between two neighbours are where rounding can go wrong, and what lies next to them.
TEST_P(HalfTest, MiddlesBetweenAllNeighboursAreRoundedToEven) {
  const auto& [format, to, from] = GetParam();
  for (std::uint32_t bits = 0; bits < format.infinity(); ++bits) {
    const double above =
        bits + 1 == format.infinity() ? std::ldexp(1.0, format.bias() + 1) : format.value(bits + 1);
    const auto middle = static_cast<float>((format.value(bits) + above) / 2);
    for (const float value : {middle, std::nextafter(middle, 0.0f),
                              std::nextafter(middle, std::numeric_limits<float>::infinity())}) {
      ASSERT_EQ(to(value), format.nearest(value)) << std::hex << bits;
      ASSERT_EQ(to(-value), format.nearest(-value)) << std::hex << bits;
    }
  }
}

TEST_P(HalfTest, FloatsOfEveryMagnitudeAreRoundedToTheNearest) {
  const auto& [format, to, from] = GetParam();
  test::Random random(3);
  for (int i = 0; i < 200000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random.next()));
    if (std::isnan(value)) continue;
    ASSERT_EQ(to(value), format.nearest(value)) << std::hexfloat << value;
  }
}

TEST(HalfPairTest, PairsConvertNumberByNumber) {
  const float2 halves = __half22float2(__floats2half2_rn(1.5f, -0.25f));
  EXPECT_EQ(halves.x, 1.5f);
  EXPECT_EQ(halves.y, -0.25f);
  const float2 bfloat16s = __bfloat1622float2(__floats2bfloat162_rn(1.5f, -0.25f));
  EXPECT_EQ(bfloat16s.x, 1.5f);
  EXPECT_EQ(bfloat16s.y, -0.25f);
}

}  // namespace
}  // namespace nextline::cuda_device
