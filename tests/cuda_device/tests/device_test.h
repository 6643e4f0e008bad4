#pragma once

#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "tests/cuda_device/cuda_device.h"

namespace nextline::cuda_device {

/// An array in device memory, for as long as it lives. Its copies wait for the device.
template <typename T>
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t size) : size_(size) {
    EXPECT_EQ(cudaMalloc(&data_, size * sizeof(T)), cudaSuccess);
  }
  explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size()) {
    EXPECT_EQ(cudaMemcpyAsync(data_, values.data(), size_ * sizeof(T), cudaMemcpyHostToDevice),
              cudaSuccess);
  }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* data() const { return data_; }
  std::vector<T> values() const {
    std::vector<T> values(size_);
    EXPECT_EQ(cudaMemcpyAsync(values.data(), data_, size_ * sizeof(T), cudaMemcpyDeviceToHost),
              cudaSuccess);
    return values;
  }

 private:
  T* data_ = nullptr;
  std::size_t size_;
};

/// Asks the default stream to run a kernel.
template <typename... Parameters, typename... Arguments>
cudaError_t start(dim3 grid, dim3 block, void (*kernel)(Parameters...), Arguments&&... arguments) {
  cudaLaunchConfig_t configuration{};
  configuration.gridDim = grid;
  configuration.blockDim = block;
  return cudaLaunchKernelEx(&configuration, kernel, std::forward<Arguments>(arguments)...);
}

/// The same, and waits for it.
template <typename... Parameters, typename... Arguments>
cudaError_t run(dim3 grid, dim3 block, void (*kernel)(Parameters...), Arguments&&... arguments) {
  const cudaError_t error = start(grid, block, kernel, std::forward<Arguments>(arguments)...);
  return error != cudaSuccess ? error : cudaStreamSynchronize(nullptr);
}

/// Finds the device as it is at first, and leaves it so.
class DeviceTest : public testing::Test {
 protected:
  DeviceTest() { reset_counts(); }
  ~DeviceTest() override {
    reset();
    set(Settings{});
    EXPECT_EQ(bytes_in_use(), 0U);
    EXPECT_EQ(pinned_bytes_in_use(), 0U);
  }
};

/// Whatever holds, holds in each order of threads.
class EveryOrder : public DeviceTest, public testing::WithParamInterface<ThreadOrder> {
 protected:
  EveryOrder() { set({.thread_order = GetParam(), .seed = 7}); }
};

inline auto every_order() {
  return testing::Values(ThreadOrder::kAscending, ThreadOrder::kDescending, ThreadOrder::kRandom);
}

inline std::string order_name(const testing::TestParamInfo<ThreadOrder>& order) {
  constexpr const char* kNames[] = {"Ascending", "Descending", "Random"};
  return kNames[static_cast<std::size_t>(order.param)];
}

}  // namespace nextline::cuda_device
