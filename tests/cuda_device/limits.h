#pragma once

#include <cstddef>

namespace nextline::cuda_device {

// CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
constexpr std::size_t kSharedBytesOfBlock = 48 * 1024;  // Unless a kernel asks for more.
constexpr std::size_t kMostSharedBytesOfBlock = 227 * 1024;

/// The most that a kernel's block can have.
constexpr std::size_t shared_bytes_optin(int major, int minor) {
  if (major == 8 && minor == 0) return 163 * 1024;
  if (major < 9 || major >= 12) return 99 * 1024;
  return kMostSharedBytesOfBlock;
}

}  // namespace nextline::cuda_device
