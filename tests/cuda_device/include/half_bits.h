#pragma once

#include <bit>
#include <cstdint>

/// Conversions between binary32 and the two 16-bit formats, to the nearest and from the middle to
/// the even one, with subnormals. What becomes a NaN is the device's own NaN: 0x7fff.
namespace nextline::cuda_device {

constexpr std::uint16_t kDeviceNan = 0x7fff;
constexpr std::uint32_t kMagnitude = 0x7fffffff;  // Of a binary32 number: all but its sign.
constexpr std::uint32_t kInfinity = 0x7f800000;

inline float float_of_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  // Exponent and fraction where binary32 has them make a number that is too small by the difference
  // of the biases, 2^112; a subnormal one too.
  const std::uint32_t moved = static_cast<std::uint32_t>(half & 0x7fff) << 13;
  std::uint32_t bits = std::bit_cast<std::uint32_t>(std::bit_cast<float>(moved) * 0x1p112f);
  if (moved >= 0x0f800000) bits |= kInfinity;
  return std::bit_cast<float>(sign | bits);
}

inline std::uint16_t half_of_float(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint32_t>(bits >> 16 & 0x8000);
  std::uint32_t magnitude = bits & kMagnitude;
  if (magnitude > kInfinity) return kDeviceNan;
  if (magnitude >= 0x47800000) return static_cast<std::uint16_t>(sign | 0x7c00);  // 2^16 and more.
  if (magnitude < 0x38800000) {
    // Below 2^-14 halves are multiples of 2^-24, which is what the sum with 0.5 is rounded to.
    const float sum = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(sum) - 0x3f000000));
  }
  magnitude += 0xfff + (magnitude >> 13 & 1);
  return static_cast<std::uint16_t>(sign | (magnitude - 0x38000000) >> 13);
}

inline float float_of_bfloat16(std::uint16_t bfloat16) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bfloat16) << 16);
}

inline std::uint16_t bfloat16_of_float(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & kMagnitude) > kInfinity) return kDeviceNan;
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace nextline::cuda_device
