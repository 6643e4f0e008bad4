#include "engine/backend/cuda/device_context.h"

namespace nextline::cuda {

Result<std::unique_ptr<DeviceContext>> DeviceContext::open(std::uint32_t number) {
  std::unique_ptr<DeviceContext> device(new DeviceContext(number));
  const auto ordinal = static_cast<int>(number);
  cudaDeviceProp properties{};
  cudaError_t status = cudaSetDevice(ordinal);
  if (status == cudaSuccess) status = cudaGetDeviceProperties(&properties, ordinal);
  if (status == cudaSuccess) {
    status = cudaStreamCreateWithFlags(&device->stream_, cudaStreamNonBlocking);
  }
  if (status != cudaSuccess) {
    cudaGetLastError();
    return nextline::failure("The CUDA device " + std::to_string(number) +
                                 " cannot be used: " + cudaGetErrorString(status) + ".",
                             cudaGetErrorString(status));
  }
  device->name_ = properties.name;
  device->capability_ = static_cast<std::uint32_t>(100 * properties.major + properties.minor);
  device->multiprocessor_count_ = static_cast<std::uint32_t>(properties.multiProcessorCount);
  device->shared_bytes_ = properties.sharedMemPerBlockOptin;
  return device;
}

DeviceContext::~DeviceContext() {
  if (stream_ != nullptr) {
    cudaStreamSynchronize(stream_);
    cudaStreamDestroy(stream_);
  }
  use_.reset();
  release_unused_devices();
}

bool DeviceContext::enter() {
  if (failure_) return false;
  return check(cudaSetDevice(static_cast<int>(number_)));
}

bool DeviceContext::check(cudaError_t status) {
  if (status != cudaSuccess) fail(cudaGetErrorString(status));
  return !failure_;
}

bool DeviceContext::check(cublasStatus_t status) {
  if (status != CUBLAS_STATUS_SUCCESS) fail(cublasGetStatusString(status));
  return !failure_;
}

bool DeviceContext::check(const Result<void>& result) {
  if (!result && !failure_) failure_ = result.error();
  return !failure_;
}

void DeviceContext::fail(const char* cause) {
  if (failure_) return;
  failure_ = Error{"The CUDA device \"" + name_ + "\" has failed: " + cause + ".", cause};
}

bool DeviceContext::synchronize() {
  if (failure_) return false;
  return check(cudaStreamSynchronize(stream_));
}

bool DeviceContext::copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  if (failure_) return false;
  if (bytes == 0) return true;
  return check(cudaMemcpyAsync(to, from, bytes, kind, stream_));
}

bool DeviceContext::clear(void* memory, std::size_t bytes) {
  if (failure_) return false;
  if (bytes == 0) return true;
  return check(cudaMemsetAsync(memory, 0, bytes, stream_));
}

}  // namespace nextline::cuda
