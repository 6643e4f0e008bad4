#include "engine/backend/cuda/device_use.h"

#include <cuda_runtime.h>

#include <map>
#include <mutex>

namespace nextline::cuda {
namespace {

/// Of the process, as contexts are.
struct Users {
  std::mutex mutex;
  std::map<std::uint32_t, std::uint32_t> counts;  // Of each device that may have a context.
};

Users& users() {
  static Users all;
  return all;
}

/// What goes wrong on a device that is given up is told to nobody.
void destroy_context(std::uint32_t number) {
  const auto device = static_cast<int>(number);
  // On a device that has failed every call may, and what they return is no news; but another device
  // must not be meant.
  int current = device;
  cudaSetDevice(device);
  cudaGetDevice(&current);
  if (current == device) cudaDeviceReset();
  cudaGetLastError();
}

}  // namespace

DeviceUse::DeviceUse(std::uint32_t number) : number_(number) {
  const std::lock_guard lock(users().mutex);
  ++users().counts[number];
}

DeviceUse::~DeviceUse() {
  const std::lock_guard lock(users().mutex);
  --users().counts[number_];
}

void release_unused_devices() {
  // Held meanwhile, so that nobody begins to use a device that goes.
  const std::lock_guard lock(users().mutex);
  std::erase_if(users().counts, [](const auto& device) {
    const auto& [number, count] = device;
    if (count > 0) return false;
    destroy_context(number);
    return true;
  });
}

}  // namespace nextline::cuda
