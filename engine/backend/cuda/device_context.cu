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
  if (status != cudaSuccess) {
    if (is_capturing_) {
      is_spoilt_ = true;
    } else {
      fail(cudaGetErrorString(status));
    }
  }
  return !has_failed();
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
  if (has_failed()) return false;
  if (bytes == 0) return true;
  return check(cudaMemcpyAsync(to, from, bytes, kind, stream_));
}

bool DeviceContext::clear(void* memory, std::size_t bytes) {
  if (has_failed()) return false;
  if (bytes == 0) return true;
  return check(cudaMemsetAsync(memory, 0, bytes, stream_));
}

bool DeviceContext::begin_capture() {
  if (failure_) return false;
  // Of this thread alone: others may go on using the device.
  is_capturing_ = cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal) == cudaSuccess;
  if (!is_capturing_) cudaGetLastError();
  return is_capturing_;
}

cudaGraphExec_t DeviceContext::end_capture(bool is_whole) {
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  is_capturing_ = false;
  is_spoilt_ = false;
  if (cudaStreamEndCapture(stream_, &graph) != cudaSuccess) is_whole = false;
  if (is_whole && cudaGraphInstantiate(&executable, graph, 0) != cudaSuccess) executable = nullptr;
  if (graph != nullptr) cudaGraphDestroy(graph);
  cudaGetLastError();
  return executable;
}

}  // namespace nextline::cuda
