#pragma once

#include <cstdint>

namespace nextline::test {

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators"). The standard
/// library's distributions differ between implementations; these numbers are the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
  }

  /// 0 to `bound` - 1. The bias of the remainder is far below what a test can see.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

  /// Uniform in [0, 1), a multiple of 2^-24.
  float uniform() { return static_cast<float>(next() >> 40) * 0x1p-24f; }

  /// Nearly normal with mean 0 and variance 1: the sum of twelve uniform numbers, less 6
  /// (Irwin-Hall). It needs no library function that could round differently elsewhere.
  float normal() {
    float sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  std::uint64_t state_;
};

}  // namespace nextline::test
