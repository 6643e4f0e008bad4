#include "engine/backend/log_softmax.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include "engine/backend/softmax_arithmetic.h"

namespace nextline {
namespace {

using softmax::kSums;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// One number per sum. Loops over them are what a compiler turns into vectors, whatever their
/// length, without changing the arithmetic.
using Sums = std::array<float, kSums>;

/// The halves become one, until one number is left.
template <typename Meet>
float fold(Sums& sums, const Meet& meet) {
  for (std::size_t half = kSums / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) sums[i] = meet(sums[i], sums[i + half]);
  }
  return sums[0];
}

/// Calls `take` for each so many logits, in ascending order, and for those that are left.
template <typename Take>
void for_each_block(std::span<const float> logits, const Take& take) {
  while (!logits.empty()) {
    const auto block = logits.first(std::min(kSums, logits.size()));
    take(block);
    logits = logits.subspan(block.size());
  }
}

/// The sum of exp(logit − highest); `highest` is finite.
float sum_of_exponentials(std::span<const float> logits, float highest) {
  Sums sums{};
  Sums below;
  for_each_block(logits, [&](std::span<const float> block) {
    // Two loops: of one, with the bound in it, GCC makes no vectors.
    for (std::size_t i = 0; i < block.size(); ++i) {
      below[i] = softmax::higher(softmax::kLowest, block[i] - highest);
    }
    for (std::size_t i = 0; i < block.size(); ++i) sums[i] += softmax::exponential(below[i]);
  });
  return fold(sums, [](float a, float b) { return a + b; });
}

}  // namespace

float highest_of(std::span<const float> logits) {
  Sums highest;
  highest.fill(-kInfinity);
  for_each_block(logits, [&](std::span<const float> block) {
    for (std::size_t i = 0; i < block.size(); ++i) {
      highest[i] = softmax::higher(highest[i], block[i]);
    }
  });
  return fold(highest, softmax::higher);
}

LogSoftmax::LogSoftmax(std::span<const float> logits) : LogSoftmax(highest_of(logits), 1.0F) {
  if (std::isfinite(highest_)) log_sum_ = std::log(sum_of_exponentials(logits, highest_));
}

LogSoftmax::LogSoftmax(float highest, float sum) : highest_(highest), log_sum_(std::log(sum)) {}

float LogSoftmax::of(float logit) const {
  // What is infinitely likely leaves nothing to the others.
  if (highest_ == kInfinity) return logit == kInfinity ? 0.0F : -kInfinity;
  const float below = logit - highest_;
  return below <= 0.0F ? below - log_sum_ : -kInfinity;
}

float LogSoftmax::of_any(std::span<const float> logits) const {
  // From their own highest: of what is far below, nothing would be left beside another.
  const float highest = highest_of(logits);
  if (!std::isfinite(highest) || !std::isfinite(highest_)) return of(highest);
  return std::min(0.0F, of(highest) + std::log(sum_of_exponentials(logits, highest)));
}

}  // namespace nextline
