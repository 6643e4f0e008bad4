#include "tests/cuda_device/call.h"

using nextline::cuda_device::call;
using nextline::cuda_device::call_to_release;
using nextline::cuda_device::Device;

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned int flags) {
  return call([&](Device& device) {
    if (stream == nullptr || flags > cudaStreamNonBlocking) return cudaErrorInvalidValue;
    *stream = device.add_stream(flags == cudaStreamDefault);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return call([&](Device& device) {
    CUstream_st* own = device.find(stream);
    if (own == nullptr) return cudaErrorInvalidResourceHandle;
    if (own->capture) {
      own->capture->is_valid = false;
      return cudaErrorStreamCaptureUnsupported;
    }
    if (const cudaError_t usable = device.is_usable(*own); usable != cudaSuccess) return usable;
    if (const cudaError_t allowed = device.allow_unordered_call(); allowed != cudaSuccess) {
      return allowed;
    }
    ++device.counts.waits;
    device.finish(*own);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return call_to_release([&](Device& device) {
    CUstream_st* own = device.find(stream);
    if (own == nullptr || stream == nullptr) return cudaErrorInvalidResourceHandle;
    device.remove(own);
    return cudaSuccess;
  });
}
