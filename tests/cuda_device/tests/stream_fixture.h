#pragma once

#include <cuda_runtime.h>

#include "tests/cuda_device/tests/device_test.h"

namespace nextline::cuda_device {

inline __global__ void times(int* number, int factor) { *number *= factor; }
inline __global__ void plus(int* number, int summand) { *number += summand; }

/// A stream, a number on the device and one in pinned memory. Work is done as late as can be, as
/// the device has it at first.
class StreamTest : public DeviceTest {
 protected:
  StreamTest() {
    EXPECT_EQ(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), cudaSuccess);
    EXPECT_EQ(cudaMallocHost(&pinned_, sizeof(int)), cudaSuccess);
    EXPECT_EQ(cudaMalloc(&number_, sizeof(int)), cudaSuccess);
  }
  ~StreamTest() override {
    cudaFree(number_);
    cudaFreeHost(pinned_);
    cudaStreamDestroy(stream_);
    EXPECT_EQ(handles_in_use(), HandlesInUse{});
  }

  cudaError_t try_to_ask(void (*kernel)(int*, int), int operand, cudaStream_t stream) {
    cudaLaunchConfig_t configuration{};
    configuration.stream = stream;
    return cudaLaunchKernelEx(&configuration, kernel, number_, operand);
  }
  void ask(void (*kernel)(int*, int), int operand, cudaStream_t stream) {
    EXPECT_EQ(try_to_ask(kernel, operand, stream), cudaSuccess);
  }
  void upload(int number, cudaStream_t stream) {
    *pinned_ = number;
    EXPECT_EQ(cudaMemcpyAsync(number_, pinned_, sizeof(int), cudaMemcpyHostToDevice, stream),
              cudaSuccess);
  }
  void download(cudaStream_t stream) {
    EXPECT_EQ(cudaMemcpyAsync(pinned_, number_, sizeof(int), cudaMemcpyDeviceToHost, stream),
              cudaSuccess);
  }
  int downloaded(cudaStream_t stream) {
    download(stream);
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    return *pinned_;
  }

  cudaStream_t stream_ = nullptr;
  int* pinned_ = nullptr;
  int* number_ = nullptr;
};

}  // namespace nextline::cuda_device
