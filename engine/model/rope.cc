#include "engine/model/rope.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

namespace nextline {
namespace {

/// The dimension pair that turns `rotations` times over the trained context (Peng et al., "YaRN",
/// section 3.2), as a real number.
double pair_with_rotations(const RopeParameters& p, double rotations) {
  return p.dimensions * std::log(p.original_context_length / (rotations * 2.0 * std::numbers::pi)) /
         (2.0 * std::log(p.base));
}

/// Radians per position of each pair.
std::vector<double> frequencies_of(const RopeParameters& p) {
  const std::uint32_t pairs = p.dimensions / 2;
  double low = 0.0;
  double high = 0.0;
  if (p.scaling == RopeScaling::kYarn) {
    low = std::max(0.0, std::floor(pair_with_rotations(p, p.beta_fast)));
    high = std::min(p.dimensions - 1.0, std::ceil(pair_with_rotations(p, p.beta_slow)));
  }
  std::vector<double> frequencies(pairs);
  for (std::uint32_t i = 0; i < pairs; ++i) {
    double frequency = std::pow(p.base, -2.0 * i / p.dimensions);
    if (!p.frequency_factors.empty()) frequency /= p.frequency_factors[i];
    if (p.scaling == RopeScaling::kLinear) frequency /= p.factor;
    if (p.scaling == RopeScaling::kYarn) {
      // YaRN: fast pairs keep their frequency, slow ones are interpolated, those between blend.
      const double ramp = std::clamp((i - low) / std::max(0.001, high - low), 0.0, 1.0);
      frequency = frequency / p.factor * ramp + frequency * (1.0 - ramp);
    }
    frequencies[i] = frequency;
  }
  return frequencies;
}

/// YaRN scales queries and keys by this factor, once per side.
double magnitude_of(const RopeParameters& p) {
  if (p.scaling != RopeScaling::kYarn) return 1.0;
  return p.attention_factor * (1.0 + 0.1 * std::log(p.factor));
}

}  // namespace

RopeTable::RopeTable(const RopeParameters& parameters)
    : pairing_(parameters.pairing),
      pair_count_(parameters.dimensions / 2),
      magnitude_(static_cast<float>(magnitude_of(parameters))),
      frequencies_(frequencies_of(parameters)) {}

void RopeTable::reserve(std::uint32_t count) {
  if (count <= position_count_) return;
  // Grown by half at the least, so that appending token by token stays linear.
  const std::uint32_t grown = std::max(count, position_count_ + position_count_ / 2);
  table_.resize(std::size_t{grown} * 2 * pair_count_);
  for (std::uint32_t position = position_count_; position < grown; ++position) {
    float* cosines = table_.data() + std::size_t{position} * 2 * pair_count_;
    float* sines = cosines + pair_count_;
    for (std::uint32_t i = 0; i < pair_count_; ++i) {
      const double angle = position * frequencies_[i];
      cosines[i] = static_cast<float>(std::cos(angle) * magnitude_);
      sines[i] = static_cast<float>(std::sin(angle) * magnitude_);
    }
  }
  position_count_ = grown;
}

std::span<const float> RopeTable::cosines(std::uint32_t position) const {
  return std::span(table_).subspan(std::size_t{position} * 2 * pair_count_, pair_count_);
}

std::span<const float> RopeTable::sines(std::uint32_t position) const {
  return std::span(table_).subspan((std::size_t{position} * 2 + 1) * pair_count_, pair_count_);
}

void RopeTable::rotate(std::span<float> head, std::uint32_t position) const {
  turn_pairs(head, cosines(position), sines(position));
}

void RopeTable::turn(std::span<float> head, std::int32_t shift) const {
  std::vector<float> cosine(pair_count_);
  std::vector<float> sine(pair_count_);
  turn_angles(shift, cosine, sine);
  turn_pairs(head, cosine, sine);
}

void RopeTable::turn_angles(std::int32_t shift, std::span<float> cosine,
                            std::span<float> sine) const {
  const auto distance = static_cast<std::uint32_t>(std::abs(shift));
  const float signed_magnitude = shift < 0 ? -magnitude_ : magnitude_;
  for (std::uint32_t i = 0; i < pair_count_; ++i) {
    cosine[i] = cosines(distance)[i] / magnitude_;
    sine[i] = sines(distance)[i] / signed_magnitude;
  }
}

void RopeTable::turn_pairs(std::span<float> head, std::span<const float> cosine,
                           std::span<const float> sine) const {
  const std::uint32_t stride = pairing_ == RopePairing::kAdjacent ? 1 : pair_count_;
  for (std::uint32_t i = 0; i < pair_count_; ++i) {
    const std::uint32_t first = pairing_ == RopePairing::kAdjacent ? 2 * i : i;
    float& a = head[first];
    float& b = head[first + stride];
    const float turned_a = a * cosine[i] - b * sine[i];
    const float turned_b = a * sine[i] + b * cosine[i];
    a = turned_a;
    b = turned_b;
  }
}

}  // namespace nextline
