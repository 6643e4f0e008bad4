#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/hyperparameters.h"

namespace nextline {

/// The one place where positions become angles.
///
/// Cosines and sines are computed in double for whole positions and stored as float32, so that the
/// angle of a position does not depend on how it was reached. `reserve` may be called by one thread
/// while no other uses the table; everything else may be called by any thread.
class RopeTable {
 public:
  explicit RopeTable(const RopeParameters& parameters);

  /// Makes positions [0, count) available.
  void reserve(std::uint32_t count);
  std::uint32_t position_count() const { return position_count_; }

  /// [dimensions / 2] cosines and sines of a position below `position_count()`, each times YaRN's
  /// magnitude factor.
  std::span<const float> cosines(std::uint32_t position) const;
  std::span<const float> sines(std::uint32_t position) const;

  /// Turns one head vector [head_dimension] in place to `position`. Dimensions beyond
  /// `dimensions` stay as they are.
  void rotate(std::span<float> head, std::uint32_t position) const;

  /// Turns a head vector that stands rotated to one position on to the position `shift` behind it,
  /// back where `shift` is negative. Its magnitude factor is in it already and is not applied
  /// again. |shift| is below `position_count()`.
  void turn(std::span<float> head, std::int32_t shift) const;
  /// The [dimensions / 2] cosines and sines by which `turn` turns the pairs.
  void turn_angles(std::int32_t shift, std::span<float> cosine, std::span<float> sine) const;

  RopePairing pairing() const { return pairing_; }
  std::uint32_t pair_count() const { return pair_count_; }

 private:
  void turn_pairs(std::span<float> head, std::span<const float> cosine,
                  std::span<const float> sine) const;

  RopePairing pairing_;
  std::uint32_t pair_count_;
  float magnitude_;
  std::vector<double> frequencies_;  // [pair_count_] radians per position
  std::uint32_t position_count_ = 0;
  std::vector<float> table_;  // [position_count_ × 2 × pair_count_]: cosines, then sines
};

}  // namespace nextline
