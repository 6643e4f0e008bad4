#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

/// The arithmetic of a softmax over a vocabulary, for the host and for devices: the same bits on
/// each, as no compiler may fuse its steps, and the order of the sum is fixed. So many sums as a
/// block has threads each take every so many'th token in ascending order; then their halves become
/// one, until one is left.
namespace nextline::softmax {

constexpr std::size_t kSums = 1024;

/// Where e^x is hardly more than the smallest number that a float can be.
constexpr float kLowest = -87.0F;

/// `a` where `b` is not a number.
constexpr float higher(float a, float b) { return b > a ? b : a; }

/// e^x for x from kLowest to 0, to three parts in ten million.
constexpr float exponential(float x) {
  const float exponent = x * 1.44269504F;  // log2(e): it is a power of two.
  // Behind 1.5 · 2^23 there is no room for places, so the sum is rounded to a whole number, which
  // stands in its lowest bits.
  constexpr float kRounding = 12582912.0F;
  const float rounded = exponent + kRounding;
  const float fraction = exponent - (rounded - kRounding);
  // 2^fraction within [−½, ½]: 1 + fraction · p, where p of degree 4 agrees with what it stands for
  // at the zeros of the fifth Chebyshev polynomial.
  float power = 0.00133813021F;
  power = power * fraction + 0.00966636837F;
  power = power * fraction + 0.0555038117F;
  power = power * fraction + 0.240223497F;
  power = power * fraction + 0.693147182F;
  power = power * fraction + 1.0F;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(power) +
                              (std::bit_cast<std::uint32_t>(rounded) << 23));
}

}  // namespace nextline::softmax
