#pragma once

#include <cstdint>
#include <string>

namespace nextline::test {

/// What a device can do at most, as far as programs have been seen to do it.
struct DeviceLimits {
  std::string name;
  double read_gb_per_s;     ///< 10⁹ bytes read from device memory per second.
  double copy_gb_per_s;     ///< … read and written, by a copy within device memory.
  double half_tflop_per_s;  ///< 10¹² operations per second of cuBLAS on halves, summed in float32.
};

/// Measures them; about a second. Ends the program with a sentence where CUDA fails.
DeviceLimits measure_device_limits(std::uint32_t device);

}  // namespace nextline::test
