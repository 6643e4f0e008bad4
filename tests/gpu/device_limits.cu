#include "tests/gpu/device_limits.h"

#include <cublas_v2.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace nextline::test {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 30;  // Much more than any cache holds.
constexpr int kMatrixSize = 8192;
constexpr int kRounds = 10;

void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "gpu_bench: %s.\n", cudaGetErrorString(error));
  std::exit(1);
}
void check(cublasStatus_t status) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  std::fprintf(stderr, "gpu_bench: cuBLAS: %s.\n", cublasGetStatusString(status));
  std::exit(1);
}

/// Each thread reads 16 bytes here and there, and writes what depends on all of it.
__global__ void read_all(const uint4* data, std::size_t count, unsigned* result) {
  unsigned sum = 0;
  const std::size_t stride = std::size_t{gridDim.x} * blockDim.x;
  std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  for (; i + 3 * stride < count; i += 4 * stride) {
    const uint4 a = data[i];
    const uint4 b = data[i + stride];
    const uint4 c = data[i + 2 * stride];
    const uint4 d = data[i + 3 * stride];
    sum ^= a.x ^ a.y ^ a.z ^ a.w ^ b.x ^ b.y ^ b.z ^ b.w;
    sum ^= c.x ^ c.y ^ c.z ^ c.w ^ d.x ^ d.y ^ d.z ^ d.w;
  }
  if (sum == 1) *result = sum;  // Hardly ever, which the compiler does not know.
}

/// Small random numbers of both signs: what is multiplied decides how fast a hot device does it.
__global__ void fill(__half* values, std::size_t count) {
  const std::size_t stride = std::size_t{gridDim.x} * blockDim.x;
  for (std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += stride) {
    unsigned mixed = static_cast<unsigned>(i) * 2654435761U;
    mixed = (mixed ^ mixed >> 15) * 2246822519U;
    values[i] = __float2half_rn(static_cast<float>(mixed >> 8) * 0x1p-24F - 0.5F);
  }
}

/// The seconds that the fastest of some rounds took.
template <typename Round>
double least_seconds(Round round) {
  cudaEvent_t begin;
  cudaEvent_t end;
  check(cudaEventCreate(&begin));
  check(cudaEventCreate(&end));
  float least = 1e9F;
  for (int i = 0; i < kRounds; ++i) {
    check(cudaEventRecord(begin));
    round();
    check(cudaEventRecord(end));
    check(cudaEventSynchronize(end));
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, begin, end));
    least = std::min(least, milliseconds);
  }
  check(cudaEventDestroy(begin));
  check(cudaEventDestroy(end));
  return 1e-3 * least;
}

double half_tflop_per_s(void* memory, int multiprocessors) {
  constexpr std::size_t kElements = std::size_t{kMatrixSize} * kMatrixSize;
  auto* const a = static_cast<__half*>(memory);
  __half* const b = a + kElements;
  auto* const c = reinterpret_cast<float*>(b + kElements);
  fill<<<8 * multiprocessors, 256>>>(a, 2 * kElements);
  cublasHandle_t cublas;
  check(cublasCreate(&cublas));
  const float one = 1;
  const float zero = 0;
  const double seconds = least_seconds([&] {
    check(cublasGemmEx(cublas, CUBLAS_OP_T, CUBLAS_OP_N, kMatrixSize, kMatrixSize, kMatrixSize,
                       &one, a, CUDA_R_16F, kMatrixSize, b, CUDA_R_16F, kMatrixSize, &zero, c,
                       CUDA_R_32F, kMatrixSize, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT));
  });
  check(cublasDestroy(cublas));
  return 2.0 * kElements * kMatrixSize / seconds / 1e12;
}

}  // namespace

DeviceLimits measure_device_limits(std::uint32_t device) {
  check(cudaSetDevice(static_cast<int>(device)));
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, static_cast<int>(device)));
  std::byte* memory = nullptr;
  check(cudaMalloc(&memory, 2 * kBufferBytes));
  check(cudaMemset(memory, 0x55, 2 * kBufferBytes));

  DeviceLimits limits{};
  limits.name = properties.name;
  const double copied = least_seconds([&] {
    check(cudaMemcpyAsync(memory, memory + kBufferBytes, kBufferBytes, cudaMemcpyDeviceToDevice));
  });
  limits.copy_gb_per_s = 2.0 * kBufferBytes / copied / 1e9;
  const double read = least_seconds([&] {
    read_all<<<8 * properties.multiProcessorCount, 256>>>(
        reinterpret_cast<const uint4*>(memory), 2 * kBufferBytes / sizeof(uint4),
        reinterpret_cast<unsigned*>(memory));
  });
  check(cudaGetLastError());
  limits.read_gb_per_s = 2.0 * kBufferBytes / read / 1e9;
  limits.half_tflop_per_s = half_tflop_per_s(memory, properties.multiProcessorCount);
  check(cudaFree(memory));
  return limits;
}

}  // namespace nextline::test
