#include <cuda_runtime.h>

#include "engine/backend/cuda/cuda_backend.h"

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

}  // namespace

Result<std::vector<Device>> find_devices() {
  int count = 0;
  if (const cudaError_t status = cudaGetDeviceCount(&count); status != cudaSuccess) {
    return device_failure(status);
  }
  if (count == 0) return device_failure(cudaErrorNoDevice);
  std::vector<Device> devices;
  for (int number = 0; number < count; ++number) {
    cudaDeviceProp properties{};
    std::size_t free_bytes = 0;
    std::size_t memory_bytes = 0;
    cudaError_t status = cudaGetDeviceProperties(&properties, number);
    if (status == cudaSuccess) status = cudaSetDevice(number);
    if (status == cudaSuccess) status = cudaMemGetInfo(&free_bytes, &memory_bytes);
    if (status != cudaSuccess) return device_failure(status);
    devices.push_back({static_cast<std::uint32_t>(number), properties.name,
                       static_cast<std::uint32_t>(properties.major),
                       static_cast<std::uint32_t>(properties.minor), memory_bytes, free_bytes});
  }
  return devices;
}

}  // namespace nextline::cuda
