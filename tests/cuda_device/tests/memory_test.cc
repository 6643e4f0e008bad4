#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "tests/cuda_device/tests/device_test.h"
#include "tests/support/sanitized.h"

namespace nextline::cuda_device {
namespace {

using testing::Each;

TEST_F(DeviceTest, FreshMemoryIsFullOfNans) {
  const DeviceArray<float> memory(100);
  for (const float number : memory.values()) EXPECT_TRUE(std::isnan(number));
}

TEST_F(DeviceTest, MemoryEndsWhereItIsSetTo) {
  Settings small;
  small.memory_bytes = 1000;
  set(small);
  void* first = nullptr;
  void* second = nullptr;
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;

  ASSERT_EQ(cudaMalloc(&first, 600), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&second, 401), cudaErrorMemoryAllocation);
  EXPECT_EQ(second, nullptr);
  EXPECT_EQ(cudaMemGetInfo(&free_bytes, &total_bytes), cudaSuccess);
  EXPECT_EQ(free_bytes, 400U);
  EXPECT_EQ(total_bytes, 1000U);

  EXPECT_EQ(cudaFree(first), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&second, 1000), cudaSuccess);
  EXPECT_EQ(cudaFree(second), cudaSuccess);
}

TEST_F(DeviceTest, MemoryThatOthersTakeMeanwhileIsNotFree) {
  void* first = nullptr;
  void* second = nullptr;
  std::size_t free_bytes = 7;
  std::size_t total_bytes = 0;
  ASSERT_EQ(cudaMalloc(&first, 600), cudaSuccess);
  set({.memory_bytes = 500});
  EXPECT_EQ(cudaMemGetInfo(&free_bytes, &total_bytes), cudaSuccess);
  EXPECT_EQ(free_bytes, 0U);
  EXPECT_EQ(cudaMalloc(&second, 1), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaMemsetAsync(first, 0, 600), cudaSuccess);  // What is had stays.
  EXPECT_EQ(cudaFree(first), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&second, 500), cudaSuccess);
  EXPECT_EQ(cudaFree(second), cudaSuccess);
}

TEST_F(DeviceTest, PinnedMemoryEndsWhereItIsSetTo) {
  set({.pinned_memory_bytes = 100});
  void* first = nullptr;
  void* second = nullptr;
  ASSERT_EQ(cudaMallocHost(&first, 60), cudaSuccess);
  EXPECT_EQ(cudaMallocHost(&second, 41), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaFreeHost(first), cudaSuccess);
}

TEST_F(DeviceTest, NothingIsAllocatedForNothing) {
  void* memory = &memory;
  EXPECT_EQ(cudaMalloc(&memory, 0), cudaSuccess);
  EXPECT_EQ(memory, nullptr);
  EXPECT_EQ(cudaFree(nullptr), cudaSuccess);
  EXPECT_EQ(cudaFreeHost(nullptr), cudaSuccess);
}

TEST_F(DeviceTest, WhatIsNotTheDevicesCannotBeFreed) {
  const DeviceArray<int> memory(4);
  int host = 0;
  EXPECT_EQ(cudaFree(&host), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(memory.data() + 1), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFreeHost(memory.data()), cudaErrorInvalidValue);
}

TEST_F(DeviceTest, CopiesStayInBoundsAndOnTheirSides) {
  const DeviceArray<int> memory(4);
  const DeviceArray<int> other(4);
  std::vector<int> host(8);
  const auto copy = [](void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    return cudaMemcpyAsync(to, from, bytes, kind);
  };
  EXPECT_EQ(copy(memory.data(), host.data(), 16, cudaMemcpyHostToDevice), cudaSuccess);
  EXPECT_EQ(copy(memory.data(), host.data(), 17, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(copy(memory.data() + 1, host.data(), 16, cudaMemcpyHostToDevice),
            cudaErrorInvalidValue);
  EXPECT_EQ(copy(host.data(), memory.data(), 16, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(copy(host.data(), memory.data(), 17, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
  EXPECT_EQ(copy(memory.data(), other.data(), 16, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(copy(memory.data(), other.data(), 16, cudaMemcpyDeviceToDevice), cudaSuccess);
  EXPECT_EQ(copy(memory.data(), other.data(), 16, cudaMemcpyDefault), cudaSuccess);
  EXPECT_EQ(copy(memory.data(), other.data(), 16, static_cast<cudaMemcpyKind>(9)),
            cudaErrorInvalidMemcpyDirection);
  EXPECT_EQ(cudaMemsetAsync(memory.data(), 0, 17), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemsetAsync(host.data(), 0, 4), cudaErrorInvalidValue);
}

TEST_F(DeviceTest, FillsAreByBytes) {
  const DeviceArray<int> memory(std::vector<int>(4, 7));
  EXPECT_EQ(cudaMemsetAsync(memory.data() + 1, 1, 8), cudaSuccess);
  EXPECT_EQ(memory.values(), (std::vector<int>{7, 0x01010101, 0x01010101, 7}));
}

__global__ void touch(int* numbers) { numbers[threadIdx.x] = 1; }

TEST_F(DeviceTest, TheDeviceReachesPinnedMemoryByTheSameAddresses) {
  int* pinned = nullptr;
  ASSERT_EQ(cudaMallocHost(&pinned, 4 * sizeof(int)), cudaSuccess);
  EXPECT_EQ(cudaMemsetAsync(pinned, 0, 4 * sizeof(int)), cudaSuccess);
  EXPECT_EQ(run(1, 3, touch, pinned), cudaSuccess);
  EXPECT_EQ(std::vector<int>(pinned, pinned + 4), (std::vector<int>{1, 1, 1, 0}));
  EXPECT_EQ(cudaFreeHost(pinned), cudaSuccess);
}

TEST_F(DeviceTest, EverythingThatIsAskedForIsCounted) {
  {
    const DeviceArray<int> memory(std::vector<int>(8, 7));
    const DeviceArray<int> other(8);
    int* pinned = nullptr;
    ASSERT_EQ(cudaMallocHost(&pinned, 64), cudaSuccess);
    start(1, 8, touch, memory.data());
    start(1, 4, touch, other.data());
    cudaMemcpyAsync(other.data(), memory.data(), 20, cudaMemcpyDeviceToDevice);
    cudaMemcpyAsync(pinned, memory.data(), 12, cudaMemcpyDeviceToHost);
    cudaMemsetAsync(memory.data(), 0, 4);
    cudaStreamSynchronize(nullptr);
    EXPECT_EQ(bytes_in_use(), 64U);
    EXPECT_EQ(pinned_bytes_in_use(), 64U);
    cudaFreeHost(pinned);
  }
  const DeviceCounts seen = counts();
  EXPECT_EQ(seen.launches, 2U);
  ASSERT_EQ(seen.launches_by_kernel.size(), 1U);
  EXPECT_EQ(seen.launches_by_kernel.begin()->first,
            "nextline::cuda_device::(anonymous namespace)::touch");
  EXPECT_EQ(seen.launches_by_kernel.begin()->second, 2U);
  EXPECT_EQ(seen.copies_to_device, 1U);
  EXPECT_EQ(seen.bytes_to_device, 32U);
  EXPECT_EQ(seen.copies_within_device, 1U);
  EXPECT_EQ(seen.bytes_within_device, 20U);
  EXPECT_EQ(seen.copies_to_host, 1U);
  EXPECT_EQ(seen.bytes_to_host, 12U);
  EXPECT_EQ(seen.fills, 1U);
  EXPECT_EQ(seen.filled_bytes, 4U);
  EXPECT_EQ(seen.allocations, 2U);
  EXPECT_EQ(seen.allocated_bytes, 64U);
  EXPECT_EQ(seen.host_allocations, 1U);
  EXPECT_EQ(seen.waits, 1U);

  reset_counts();
  EXPECT_EQ(counts().launches, 0U);
  EXPECT_TRUE(counts().launches_by_kernel.empty());
}

#if defined(NEXTLINE_ADDRESS_SANITIZER)
__global__ void write_at(int* numbers, int index) { numbers[index] = 1; }

TEST(DeviceDeathTest, TheAddressSanitizerSeesWhatLiesBesideDeviceMemory) {
  const auto write_beside = [](int index) {
    const DeviceArray<int> memory(10);
    run(1, 1, write_at, memory.data(), index);
  };
  EXPECT_DEATH(write_beside(10), "heap-buffer-overflow");
  EXPECT_DEATH(write_beside(-1), "heap-buffer-overflow");
}

__global__ void write_shared_at(int index) {
  static_cast<char*>(dynamic_shared_memory())[index] = 1;
}

TEST(DeviceDeathTest, TheAddressSanitizerSeesWhatLiesBehindSharedMemory) {
  const auto write_behind = [] {
    cudaLaunchConfig_t configuration{};
    configuration.dynamicSmemBytes = 100;
    cudaLaunchKernelEx(&configuration, write_shared_at, 100);
    cudaStreamSynchronize(nullptr);
  };
  EXPECT_DEATH(write_behind(), "use-after-poison");
}
#endif

}  // namespace
}  // namespace nextline::cuda_device
