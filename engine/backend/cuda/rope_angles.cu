#include "engine/backend/cuda/rope_angles.h"

#include <algorithm>

namespace nextline::cuda {

bool RopeAngles::reserve(DeviceContext& device, std::uint32_t count) {
  table_.reserve(std::max(count, 1U));
  if (copied_ == table_.position_count()) return device.failure() == nullptr;
  const std::size_t size = std::size_t{table_.position_count()} * 2 * table_.pair_count();
  // The table is one stretch of memory: each position's sines follow its cosines.
  const bool copied = copy_.reserve(device, size) &&
                      device.copy(copy_.data(), table_.cosines(0).data(), size * sizeof(float),
                                  cudaMemcpyHostToDevice) &&
                      device.synchronize();
  if (copied) copied_ = table_.position_count();
  return copied;
}

}  // namespace nextline::cuda
