#pragma once

#include <cstdint>

namespace nextline::replay {

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators"). What it draws
/// is the same on every machine and with every compiler; the standard library's distributions are
/// not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30U) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27U) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31U;
  }

  /// 0 to `bound` - 1, each equally likely: what is left over of 2^64 when it is cut into parts of
  /// `bound` numbers is not taken.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t excess = (0 - bound) % bound;  // 2^64 modulo `bound`.
    std::uint64_t number = next();
    while (number < excess) number = next();
    return number % bound;
  }

 private:
  std::uint64_t state_;
};

}  // namespace nextline::replay
