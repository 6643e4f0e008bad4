#include <cublas_v2.h>
#include <gtest/gtest.h>

#include "tests/cuda_device/tests/device_test.h"

namespace nextline::cuda_device {
namespace {

TEST_F(DeviceTest, TheDeviceTellsOfItself) {
  set({.memory_bytes = 123456, .major = 8, .minor = 9});
  int count = 0;
  cudaDeviceProp properties;
  int minor = 0;
  int shared_bytes = 0;

  EXPECT_EQ(cudaGetDeviceCount(&count), cudaSuccess);
  EXPECT_EQ(cudaGetDeviceProperties(&properties, 0), cudaSuccess);
  EXPECT_EQ(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, 0), cudaSuccess);
  EXPECT_EQ(cudaDeviceGetAttribute(&shared_bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, 0),
            cudaSuccess);

  EXPECT_EQ(count, 1);
  EXPECT_EQ(properties.totalGlobalMem, 123456U);
  EXPECT_EQ(properties.major, 8);
  EXPECT_EQ(minor, 9);
  EXPECT_EQ(shared_bytes, 99 * 1024);
  EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
  int current = 7;
  EXPECT_EQ(cudaGetDevice(&current), cudaSuccess);
  EXPECT_EQ(current, 0);
  EXPECT_EQ(cudaSetDevice(1), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaGetDeviceProperties(&properties, 1), cudaErrorInvalidDevice);
}

TEST_F(DeviceTest, WithoutADriverNothingWorks) {
  set({.presence = Presence::kNoDriver});
  int count = 7;
  int driver = 7;
  int runtime = 0;
  void* memory = nullptr;
  cublasHandle_t handle = nullptr;

  EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorInsufficientDriver);
  EXPECT_EQ(count, 0);
  EXPECT_EQ(cudaDriverGetVersion(&driver), cudaSuccess);
  EXPECT_EQ(driver, 0);
  EXPECT_EQ(cudaRuntimeGetVersion(&runtime), cudaSuccess);
  EXPECT_EQ(runtime, 13000);
  EXPECT_EQ(cudaMalloc(&memory, 4), cudaErrorInsufficientDriver);
  EXPECT_EQ(cublasCreate(&handle), CUBLAS_STATUS_NOT_INITIALIZED);
}

TEST_F(DeviceTest, WithADriverAloneThereIsNoDevice) {
  set({.presence = Presence::kNoDevice});
  int count = 7;
  int driver = 0;

  EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorNoDevice);
  EXPECT_EQ(count, 0);
  EXPECT_EQ(cudaDriverGetVersion(&driver), cudaSuccess);
  EXPECT_EQ(driver, 13000);
  EXPECT_EQ(cudaSetDevice(0), cudaErrorNoDevice);
}

TEST_F(DeviceTest, ErrorsHaveNamesAndTheLastOneIsForgottenOnceAskedFor) {
  EXPECT_EQ(cudaSetDevice(3), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaPeekAtLastError(), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_STREQ(cudaGetErrorName(cudaErrorMemoryAllocation), "cudaErrorMemoryAllocation");
  EXPECT_STREQ(cudaGetErrorString(cudaSuccess), "no error");
}

}  // namespace
}  // namespace nextline::cuda_device
