#include <cublas_v2.h>
#include <gtest/gtest.h>

#include "tests/cuda_device/tests/stream_fixture.h"

namespace nextline::cuda_device {
namespace {

/// Begins and ends without a context.
class ContextTest : public DeviceTest {
 protected:
  ContextTest() { cudaDeviceReset(); }
  ~ContextTest() override { cudaDeviceReset(); }
};

TEST_F(ContextTest, QuestionsNeedNone) {
  int number = 0;
  cudaDeviceProp properties;
  EXPECT_EQ(cudaGetDeviceCount(&number), cudaSuccess);
  EXPECT_EQ(cudaGetDeviceProperties(&properties, 0), cudaSuccess);
  EXPECT_EQ(cudaDeviceGetAttribute(&number, cudaDevAttrWarpSize, 0), cudaSuccess);
  EXPECT_EQ(cudaDriverGetVersion(&number), cudaSuccess);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_EQ(cudaDeviceReset(), cudaSuccess);
  EXPECT_FALSE(has_context());
}

TEST_F(ContextTest, WhateverElseIsCalledMakesOne) {
  std::size_t bytes = 0;
  cublasHandle_t handle = nullptr;
  EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
  EXPECT_TRUE(has_context());
  EXPECT_EQ(cudaDeviceReset(), cudaSuccess);
  EXPECT_EQ(cudaMemGetInfo(&bytes, &bytes), cudaSuccess);
  EXPECT_TRUE(has_context());
  EXPECT_EQ(cudaDeviceReset(), cudaSuccess);
  EXPECT_EQ(cudaFree(nullptr), cudaSuccess);
  EXPECT_TRUE(has_context());
  EXPECT_EQ(cudaDeviceReset(), cudaSuccess);
  EXPECT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
  EXPECT_TRUE(has_context());
}

TEST_F(ContextTest, AResetLeavesNothing) {
  int* memory = nullptr;
  int* pinned = nullptr;
  cudaStream_t stream = nullptr;
  cudaEvent_t event = nullptr;
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  cublasHandle_t handle = nullptr;
  ASSERT_EQ(cudaMalloc(&memory, 4), cudaSuccess);
  ASSERT_EQ(cudaMallocHost(&pinned, 4), cudaSuccess);
  ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  ASSERT_EQ(cudaEventCreate(&event), cudaSuccess);
  ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), cudaSuccess);
  ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
  ASSERT_EQ(cudaGraphInstantiate(&executable, graph), cudaSuccess);
  ASSERT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(handles_in_use(), (HandlesInUse{1, 1, 1, 1, 1}));
  ASSERT_EQ(cudaMemsetAsync(memory, 0, 4, stream), cudaSuccess);

  EXPECT_EQ(cudaDeviceReset(), cudaSuccess);

  EXPECT_EQ(handles_in_use(), HandlesInUse{});
  EXPECT_EQ(bytes_in_use(), 0U);
  EXPECT_EQ(pinned_bytes_in_use(), 0U);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaFree(memory), cudaErrorInvalidValue);
  EXPECT_EQ(cublasDestroy(handle), CUBLAS_STATUS_NOT_INITIALIZED);
}

__global__ void do_nothing() {}

TEST_F(ContextTest, AttributesOfKernelsGoWithTheContext) {
  cudaLaunchConfig_t configuration{};
  configuration.dynamicSmemBytes = 100 * 1024;
  const auto attribute = cudaFuncAttributeMaxDynamicSharedMemorySize;
  ASSERT_EQ(cudaFuncSetAttribute(do_nothing, attribute, 100 * 1024), cudaSuccess);
  EXPECT_EQ(cudaLaunchKernelEx(&configuration, do_nothing), cudaSuccess);
  cudaDeviceReset();
  EXPECT_EQ(cudaLaunchKernelEx(&configuration, do_nothing), cudaErrorInvalidValue);
}

__global__ void wait_in_one_branch() {
  if (threadIdx.x == 0) __syncthreads();
}

TEST_F(ContextTest, ABrokenKernelsTraceGoesWithTheContext) {
  void* memory = nullptr;
  EXPECT_EQ(run(1, 64, wait_in_one_branch), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaMalloc(&memory, 4), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaDeviceReset(), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaGetLastError(), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaMalloc(&memory, 4), cudaSuccess);
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
}

}  // namespace
}  // namespace nextline::cuda_device
