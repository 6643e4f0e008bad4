#pragma once

#include <cstdint>

#include "engine/backend/cuda/device_context.h"

namespace nextline::cuda {

/// Keeps the host from asking a device for a whole pass long before it is computed, so that a pass
/// that is cancelled ends soon.
///
/// Of a pass of many rows, at most two layers wait on the device: before the third is asked for,
/// the first must be done. The device has always one to go on with. A pass of few rows takes a few
/// milliseconds altogether, and is asked for at once: waiting would cost it more.
class PassPace {
 public:
  explicit PassPace(DeviceContext& device) : device_(device) {}
  ~PassPace() {
    for (cudaEvent_t event : ends_) {
      if (event != nullptr) cudaEventDestroy(event);
    }
  }
  PassPace(const PassPace&) = delete;
  PassPace& operator=(const PassPace&) = delete;

  void begin(std::uint32_t row_count) {
    is_slow_ = row_count > kFewRows;
    layer_ = 0;
  }

  /// False, as below, where a call has failed.
  bool begin_layer() {
    if (!is_slow_ || layer_ < kLayersAhead) return true;
    return device_.check(cudaEventSynchronize(ends_[layer_ % kLayersAhead]));
  }

  bool end_layer() {
    if (!is_slow_) return true;
    cudaEvent_t& end = ends_[layer_++ % kLayersAhead];
    if (end == nullptr && !device_.check(cudaEventCreateWithFlags(&end, cudaEventDisableTiming))) {
      return false;
    }
    return device_.check(cudaEventRecord(end, device_.stream()));
  }

 private:
  static constexpr std::uint32_t kFewRows = 16;
  static constexpr std::uint32_t kLayersAhead = 2;

  DeviceContext& device_;
  bool is_slow_ = false;
  std::uint32_t layer_ = 0;
  cudaEvent_t ends_[kLayersAhead] = {};
};

}  // namespace nextline::cuda
