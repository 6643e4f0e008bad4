#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "tests/cuda_device/tests/device_test.h"

namespace nextline::cuda_device {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;

class ThreadBlockTest : public EveryOrder {};
INSTANTIATE_TEST_SUITE_P(Orders, ThreadBlockTest, every_order(), order_name);

struct Where {
  uint3 thread, block;
  dim3 block_size, grid_size;
};

__global__ void tell_where(Where* wheres) {
  const unsigned int block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  const unsigned int thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  wheres[block * blockDim.x * blockDim.y * blockDim.z + thread] = {threadIdx, blockIdx, blockDim,
                                                                   gridDim};
}

TEST_P(ThreadBlockTest, EachThreadOfTheGridKnowsItsIndicesAndSizes) {
  const DeviceArray<Where> wheres(5 * 3 * 2 * 7 * 4 * 2);

  ASSERT_EQ(run({5, 3, 2}, {7, 4, 2}, tell_where, wheres.data()), cudaSuccess);

  const std::vector<Where> told = wheres.values();
  std::size_t next = 0;
  for (unsigned int block = 0; block < 30; ++block) {
    for (unsigned int thread = 0; thread < 56; ++thread, ++next) {
      ASSERT_EQ(told[next].block.x, block % 5);
      ASSERT_EQ(told[next].block.y, block / 5 % 3);
      ASSERT_EQ(told[next].block.z, block / 15);
      ASSERT_EQ(told[next].thread.x, thread % 7);
      ASSERT_EQ(told[next].thread.y, thread / 7 % 4);
      ASSERT_EQ(told[next].thread.z, thread / 28);
      ASSERT_EQ(told[next].block_size.y, 4U);
      ASSERT_EQ(told[next].grid_size.x, 5U);
    }
  }
}

/// Turns each block's numbers around, twice over.
__global__ void reverse_twice(int* numbers) {
  __shared__ int held[1024];
  int* own = numbers + blockIdx.x * blockDim.x;
  for (int i = 0; i < 2; ++i) {
    held[threadIdx.x] = own[threadIdx.x];
    __syncthreads();
    own[threadIdx.x] = held[blockDim.x - 1 - threadIdx.x] + 1;
    __syncthreads();
  }
}

TEST_P(ThreadBlockTest, BarriersOrderWhatGoesThroughSharedMemory) {
  for (const unsigned int size : {1U, 31U, 32U, 33U, 256U, 1000U, 1024U}) {
    std::vector<int> numbers(3 * size);
    std::iota(numbers.begin(), numbers.end(), 0);
    const DeviceArray<int> held(numbers);

    ASSERT_EQ(run(3, size, reverse_twice, held.data()), cudaSuccess);

    for (int& number : numbers) number += 2;
    EXPECT_EQ(held.values(), numbers);
  }
}

/// Has a barrier for each halving, and threads that do nothing between them.
__global__ void sum(const int* numbers, int* result) {
  __shared__ int held[256];
  held[threadIdx.x] = numbers[threadIdx.x];
  for (unsigned int half = blockDim.x / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) held[threadIdx.x] += held[threadIdx.x + half];
  }
  if (threadIdx.x == 0) *result = held[0];
}

TEST_P(ThreadBlockTest, ATreeOfSumsIsWhole) {
  std::vector<int> numbers(256);
  std::iota(numbers.begin(), numbers.end(), 1);
  const DeviceArray<int> held(numbers);
  const DeviceArray<int> result(1);

  ASSERT_EQ(run(1, 256, sum, held.data(), result.data()), cudaSuccess);

  EXPECT_EQ(result.values().front(), 256 * 257 / 2);
}

__global__ void copy_through_dynamic_memory(float* numbers, bool* were_nan) {
  auto* held = static_cast<float*>(dynamic_shared_memory());
  were_nan[blockIdx.x * blockDim.x + threadIdx.x] = std::isnan(held[threadIdx.x]);
  __syncthreads();
  held[threadIdx.x] = numbers[threadIdx.x];
  __syncthreads();
  numbers[threadIdx.x] = held[threadIdx.x ^ 1];
}

TEST_F(DeviceTest, DynamicSharedMemoryIsFullOfNansInEachBlock) {
  const DeviceArray<float> numbers(std::vector<float>{1, 2, 3, 4});
  const DeviceArray<bool> were_nan(12);
  cudaLaunchConfig_t configuration{};
  configuration.gridDim = 3;
  configuration.blockDim = 4;
  configuration.dynamicSmemBytes = 4 * sizeof(float);

  ASSERT_EQ(cudaLaunchKernelEx(&configuration, copy_through_dynamic_memory, numbers.data(),
                               were_nan.data()),
            cudaSuccess);
  const std::vector<float> swapped = numbers.values();

  EXPECT_EQ(swapped, (std::vector<float>{2, 1, 4, 3}));
  const DeviceArray<bool>& nans = were_nan;
  std::vector<unsigned char> bytes(12);
  cudaMemcpyAsync(bytes.data(), nans.data(), 12, cudaMemcpyDeviceToHost);
  EXPECT_THAT(bytes, Each(1));
}

/// Correct only if threads take turns as they are numbered.
__global__ void count_turns(int* turns, int* next) { turns[threadIdx.x] = atomicAdd(next, 1); }

TEST_F(DeviceTest, OrdersAreWhatTheySay) {
  const DeviceArray<int> turns(100);
  const auto turns_in = [&](ThreadOrder order, std::uint64_t seed) {
    set({.thread_order = order, .seed = seed});
    const DeviceArray<int> next(std::vector<int>{0});
    EXPECT_EQ(run(1, 100, count_turns, turns.data(), next.data()), cudaSuccess);
    return turns.values();
  };
  std::vector<int> ascending(100);
  std::iota(ascending.begin(), ascending.end(), 0);

  EXPECT_EQ(turns_in(ThreadOrder::kAscending, 1), ascending);
  EXPECT_EQ(turns_in(ThreadOrder::kDescending, 1),
            std::vector<int>(ascending.rbegin(), ascending.rend()));
  std::vector<int> random = turns_in(ThreadOrder::kRandom, 1);
  EXPECT_EQ(turns_in(ThreadOrder::kRandom, 1), random);
  EXPECT_NE(turns_in(ThreadOrder::kRandom, 2), random);
  EXPECT_NE(random, ascending);
  std::sort(random.begin(), random.end());
  EXPECT_EQ(random, ascending);
}

__global__ void mark_block(int* next, int* turns) {
  turns[blockIdx.x + gridDim.x * blockIdx.y] = atomicAdd(next, 1);
}

TEST_P(ThreadBlockTest, EachBlockRunsOnceWhateverTheOrder) {
  for (const unsigned int blocks : {1U, 2U, 3U, 12U, 131U}) {
    const DeviceArray<int> next(std::vector<int>{0});
    const DeviceArray<int> turns(blocks * 2);

    ASSERT_EQ(run({blocks, 2}, 1, mark_block, next.data(), turns.data()), cudaSuccess);

    std::vector<int> seen = turns.values();
    std::sort(seen.begin(), seen.end());
    std::vector<int> all(blocks * 2);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(seen, all);
  }
}

__global__ void wait_in_one_branch() {
  if (threadIdx.x < 48) __syncthreads();
}

__global__ void wait_in_both_branches() {
  if (threadIdx.x < 48) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}

TEST_P(ThreadBlockTest, ABarrierThatSomeThreadsNeverReachStopsTheDevice) {
  EXPECT_EQ(run({4, 5}, 64, wait_in_one_branch), cudaErrorLaunchFailure);

  EXPECT_THAT(failure_report(), AllOf(HasSubstr("wait_in_one_branch, block ("),
                                      HasSubstr("16 of 64 threads have ended"),
                                      HasSubstr("48 wait for the block at thread_block_test.cc:")));
  int* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, 4), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaGetLastError(), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaGetLastError(), cudaErrorLaunchFailure);
}

TEST_P(ThreadBlockTest, ABarrierAtTwoPlacesStopsTheDevice) {
  EXPECT_EQ(run(1, 64, wait_in_both_branches), cudaErrorLaunchFailure);
  EXPECT_THAT(failure_report(), HasSubstr("waits for the block at thread_block_test.cc:"));
}

TEST_P(ThreadBlockTest, AfterAResetAllIsWell) {
  EXPECT_EQ(run(1, 64, wait_in_one_branch), cudaErrorLaunchFailure);
  reset();
  const DeviceArray<int> numbers(std::vector<int>(1024, 5));
  EXPECT_EQ(run(1, 1024, reverse_twice, numbers.data()), cudaSuccess);
  EXPECT_THAT(numbers.values(), Each(7));
  EXPECT_EQ(failure_report(), "");
}

__global__ void nothing() {}

TEST_F(DeviceTest, LaunchesThatNoDeviceTakesAreRefused) {
  EXPECT_EQ(run(0, 32, nothing), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_EQ(run(1, 1025, nothing), cudaErrorInvalidConfiguration);
  EXPECT_EQ(run(1, {1, 1, 65}, nothing), cudaErrorInvalidConfiguration);
  EXPECT_EQ(run({1, 65536}, 1, nothing), cudaErrorInvalidConfiguration);
  EXPECT_EQ(run({1, 65535}, 1024, nothing), cudaSuccess);
}

TEST_F(DeviceTest, MoreSharedMemoryHasToBeAskedFor) {
  cudaLaunchConfig_t configuration{};
  configuration.dynamicSmemBytes = 48 * 1024 + 1;
  EXPECT_EQ(cudaLaunchKernelEx(&configuration, nothing), cudaErrorInvalidValue);

  EXPECT_EQ(cudaFuncSetAttribute(nothing, cudaFuncAttributeMaxDynamicSharedMemorySize, 1 << 20),
            cudaErrorInvalidValue);
  EXPECT_EQ(cudaFuncSetAttribute(nothing, cudaFuncAttributeMaxDynamicSharedMemorySize, 227 * 1024),
            cudaSuccess);
  EXPECT_EQ(cudaLaunchKernelEx(&configuration, nothing), cudaSuccess);
}

__global__ void write(int* memory) { *memory = 1; }

TEST_F(DeviceTest, APointerToTheHostsMemoryStopsTheDevice) {
  int host = 0;
  EXPECT_EQ(run(1, 1, write, &host), cudaErrorIllegalAddress);
  EXPECT_EQ(host, 0);
  EXPECT_THAT(failure_report(), HasSubstr("write was given a pointer"));
}

}  // namespace
}  // namespace nextline::cuda_device
