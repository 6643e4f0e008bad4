#include "engine/backend/sampling.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "engine/backend/log_softmax.h"
#include "engine/backend/sampling_arithmetic.h"

namespace nextline {
namespace {

constexpr std::uint32_t kDigitBits = 8;

TokenId most_likely(std::span<const float> logits) {
  const float highest = highest_of(logits);
  if (highest == -std::numeric_limits<float>::infinity()) return 0;  // Nothing is a number.
  return static_cast<TokenId>(std::ranges::find(logits, highest) - logits.begin());
}

/// The smallest distance within which tokens have at least this weight together, digit by digit.
std::uint32_t nucleus_distance(std::span<const std::uint32_t> distances, std::uint64_t mass) {
  std::uint32_t prefix = 0;
  for (std::uint32_t shift = 32; shift > 0;) {
    shift -= kDigitBits;
    std::array<std::uint64_t, 1U << kDigitBits> weights{};
    for (const std::uint32_t distance : distances) {
      if ((std::uint64_t{distance ^ prefix} >> shift) >> kDigitBits != 0) continue;
      weights[(distance >> shift) & (weights.size() - 1)] += sampling::weight(distance);
    }
    std::uint32_t digit = 0;
    while (weights[digit] < mass) mass -= weights[digit++];
    prefix |= digit << shift;
  }
  return prefix;
}

}  // namespace

TokenId choose(std::span<const float> logits, const Sampling& sampling, Position position) {
  assert(!logits.empty() && sampling.temperature >= 0.0F);
  assert(sampling.top_p > 0.0F && sampling.top_p <= 1.0F);
  const TokenId best = most_likely(logits);
  if (sampling.temperature == 0.0F) return best;

  const float highest = logits[static_cast<std::size_t>(best)];
  const float steepness = sampling::steepness(sampling.temperature);
  std::vector<std::uint32_t> distances(logits.size());
  std::uint64_t total = 0;
  for (std::size_t token = 0; token < logits.size(); ++token) {
    distances[token] = sampling::distance(logits[token], highest, steepness);
    total += sampling::weight(distances[token]);
  }
  if (total == 0) return best;  // Nothing is a number.

  std::uint32_t furthest = sampling::kNoWeight - 1;
  if (sampling.top_p < 1.0F) {
    furthest = nucleus_distance(
        distances, sampling::nucleus_mass(total, sampling::fixed_point(sampling.top_p)));
    total = 0;
    for (const std::uint32_t distance : distances) {
      if (distance <= furthest) total += sampling::weight(distance);
    }
  }
  std::uint64_t left = sampling::below(total, sampling::random_bits(sampling.seed, position));
  for (std::size_t token = 0; token < logits.size(); ++token) {
    if (distances[token] > furthest) continue;
    const std::uint64_t weight = sampling::weight(distances[token]);
    if (left < weight) return static_cast<TokenId>(token);
    left -= weight;
  }
  return best;  // Not reached: what is drawn is below the total.
}

}  // namespace nextline
