#pragma once

#include <cstdint>

/// The arithmetic of sampling, for the host and for devices: the same bits on each.
///
/// A token's likelihood is told by how far its logit is below the highest, in powers of two: a
/// distance in 26 binary places. Its weight, 2^(40 − distance), is an integer, so sums of weights
/// do not depend on their order. All distances from 40 on have no weight.
#ifdef __CUDACC__
#define NEXTLINE_HOST_DEVICE __host__ __device__
#else
#define NEXTLINE_HOST_DEVICE
#endif

namespace nextline::sampling {

constexpr std::uint32_t kFractionBits = 26;
constexpr std::uint32_t kWeightBits = 40;
/// Further away than anything that has a weight.
constexpr std::uint32_t kNoWeight = kWeightBits << kFractionBits;

/// What turns differences of logits into distances: log2(e) / temperature, times 2^26. For the
/// host alone: a device may divide otherwise.
inline float steepness(float temperature) {
  return 1.44269504F / temperature * static_cast<float>(1U << kFractionBits);
}

/// Nothing is added to the product, so nothing can be fused.
NEXTLINE_HOST_DEVICE inline std::uint32_t distance(float logit, float highest, float steepness) {
  const float scaled = (highest - logit) * steepness;
  // Not a number, too, is far away.
  return scaled < static_cast<float>(kNoWeight) ? static_cast<std::uint32_t>(scaled) : kNoWeight;
}

/// The upper half of a product.
NEXTLINE_HOST_DEVICE inline std::uint32_t multiply_high(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((std::uint64_t{a} * b) >> 32);
}
NEXTLINE_HOST_DEVICE inline std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t a_low = a & 0xffffffffU;
  const std::uint64_t b_low = b & 0xffffffffU;
  const std::uint64_t a_high = a >> 32;
  const std::uint64_t b_high = b >> 32;
  const std::uint64_t middle = a_high * b_low + (a_low * b_low >> 32);
  const std::uint64_t other = a_low * b_high + (middle & 0xffffffffU);
  return a_high * b_high + (middle >> 32) + (other >> 32);
}

/// 2^(40 − distance), to a billionth: 2^−f of the fraction f by its Taylor series, −ln 2 to the
/// power of k over k!, whose terms alternate and become smaller.
NEXTLINE_HOST_DEVICE inline std::uint64_t weight(std::uint32_t distance) {
  if (distance >= kNoWeight) return 0;
  const std::uint32_t fraction = distance << (32 - kFractionBits);  // Of 2^32.
  std::uint32_t sum = 30;
  sum = 437 - multiply_high(sum, fraction);
  sum = 5676 - multiply_high(sum, fraction);
  sum = 65510 - multiply_high(sum, fraction);
  sum = 661577 - multiply_high(sum, fraction);
  sum = 5726720 - multiply_high(sum, fraction);
  sum = 41309550 - multiply_high(sum, fraction);
  sum = 238388332 - multiply_high(sum, fraction);
  sum = 1031764991 - multiply_high(sum, fraction);
  sum = 2977044472U - multiply_high(sum, fraction);
  const std::uint64_t power = (std::uint64_t{1} << 32) - multiply_high(sum, fraction);
  return power << (kWeightBits - 32) >> (distance >> kFractionBits);
}

/// A part of one in 32 binary places; at least the smallest.
inline std::uint64_t fixed_point(float part) {
  const auto rounded = static_cast<std::uint64_t>(part * 0x1p32F);
  return rounded == 0 ? 1 : rounded;
}

/// Of a total, the part that a nucleus must reach; `top_p` in 32 binary places.
NEXTLINE_HOST_DEVICE inline std::uint64_t nucleus_mass(std::uint64_t total, std::uint64_t top_p) {
  const std::uint64_t product = total * top_p;
  const std::uint64_t rounded_up = (product & 0xffffffffU) != 0 ? 1 : 0;
  return (multiply_high(total, top_p) << 32) + (product >> 32) + rounded_up;
}

/// 64 random bits for a position: Philox4x32 in ten rounds, its key the seed and its counter the
/// position (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3").
NEXTLINE_HOST_DEVICE inline std::uint64_t random_bits(std::uint64_t seed, std::uint64_t position) {
  std::uint32_t counter[4] = {static_cast<std::uint32_t>(position),
                              static_cast<std::uint32_t>(position >> 32), 0, 0};
  std::uint32_t key[2] = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t first = std::uint64_t{0xd2511f53U} * counter[0];
    const std::uint64_t second = std::uint64_t{0xcd9e8d57U} * counter[2];
    counter[0] = static_cast<std::uint32_t>(second >> 32) ^ counter[1] ^ key[0];
    counter[1] = static_cast<std::uint32_t>(second);
    counter[2] = static_cast<std::uint32_t>(first >> 32) ^ counter[3] ^ key[1];
    counter[3] = static_cast<std::uint32_t>(first);
    key[0] += 0x9e3779b9U;
    key[1] += 0xbb67ae85U;
  }
  return std::uint64_t{counter[1]} << 32 | counter[0];
}

/// A number below `bound`, from as many random bits.
NEXTLINE_HOST_DEVICE inline std::uint64_t below(std::uint64_t bound, std::uint64_t bits) {
  return multiply_high(bits, bound);
}

}  // namespace nextline::sampling
