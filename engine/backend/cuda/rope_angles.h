#pragma once

#include <cstdint>

#include "engine/backend/cuda/device_context.h"
#include "engine/model/rope.h"

namespace nextline::cuda {

/// Cosines and sines of positions in device memory, as kernels turn vectors by them.
struct Angles {
  const float* table;  ///< [positions × 2 × pair_count]: cosines, then sines.
  std::uint32_t pair_count;
  bool is_adjacent;  ///< Pairs are (2i, 2i + 1), else (i, i + pair_count).
};

/// The host's RopeTable, and a copy of it on the device that grows with it.
class RopeAngles {
 public:
  explicit RopeAngles(const RopeParameters& parameters) : table_(parameters) {}

  /// Makes positions [0, count) available on both.
  bool reserve(DeviceContext& device, std::uint32_t count);

  RopeTable& table() { return table_; }
  Angles angles() const { return {copy_.data(), table_.pair_count(), is_adjacent()}; }
  bool is_adjacent() const { return table_.pairing() == RopePairing::kAdjacent; }

 private:
  RopeTable table_;
  DeviceBuffer<float> copy_;
  std::uint32_t copied_ = 0;  // Positions.
};

/// The dimensions that pair `index` turns.
struct PairPlaces {
  std::uint32_t first;
  std::uint32_t second;
};
__device__ __forceinline__ PairPlaces places_of(const Angles& angles, std::uint32_t index) {
  if (angles.is_adjacent) return {2 * index, 2 * index + 1};
  return {index, index + angles.pair_count};
}

}  // namespace nextline::cuda
