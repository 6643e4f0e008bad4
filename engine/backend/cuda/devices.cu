#include "engine/backend/cuda/devices.h"

#include <cuda_runtime.h>

#include <string>

#include "engine/backend/cuda/cuda_backend.h"
#include "engine/backend/cuda/device_use.h"

namespace nextline::cuda {
namespace {

std::string sentence_for(cudaError_t status) {
  switch (status) {
    case cudaErrorNoDevice:
      return "There is no CUDA device on this machine.";
    case cudaErrorInsufficientDriver:
      return "There is no NVIDIA driver on this machine, or one that is too old.";
    default:
      return std::string("The CUDA devices of this machine cannot be used: ") +
             cudaGetErrorString(status) + ".";
  }
}

tl::unexpected<Error> device_failure(cudaError_t status) {
  cudaGetLastError();  // It is told here, and by no later call.
  return failure(sentence_for(status), cudaGetErrorString(status));
}

/// Makes the device the calling thread's, and its context. Others may have filled it, or have it
/// for themselves: that is said of this one, and the next may be free.
void look_at_memory(Device& device) {
  const DeviceUse use(device.number);
  std::size_t free_bytes = 0;
  std::size_t memory_bytes = 0;
  cudaError_t status = cudaSetDevice(static_cast<int>(device.number));
  if (status == cudaSuccess) status = cudaMemGetInfo(&free_bytes, &memory_bytes);
  if (status == cudaSuccess) {
    device.free_bytes = free_bytes;
  } else {
    cudaGetLastError();  // It is told here, and by no later call.
    device.obstacle = cudaGetErrorString(status);
  }
}

}  // namespace

Result<std::uint32_t> count_devices() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) return device_failure(status);
  if (count == 0) return device_failure(cudaErrorNoDevice);
  return static_cast<std::uint32_t>(count);
}

Result<std::vector<Device>> find_devices() {
  const auto count = count_devices();
  if (!count) return tl::unexpected(count.error());
  std::vector<Device> devices;
  for (std::uint32_t number = 0; number < *count; ++number) {
    cudaDeviceProp properties{};
    const cudaError_t status = cudaGetDeviceProperties(&properties, static_cast<int>(number));
    if (status != cudaSuccess) return device_failure(status);
    devices.push_back({number, properties.name, static_cast<std::uint32_t>(properties.major),
                       static_cast<std::uint32_t>(properties.minor), properties.totalGlobalMem, 0});
    look_at_memory(devices.back());
  }
  return devices;
}

}  // namespace nextline::cuda
