#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <utility>

/// What device code is written with, and the few things that differ between a CUDA device and the
/// one that the tests emulate.
namespace nextline::cuda {

constexpr std::uint32_t kWarpThreads = 32;
constexpr std::uint32_t kAllLanes = 0xffffffffU;

/// How a kernel is launched.
struct LaunchShape {
  dim3 grid;
  dim3 block;
  std::size_t shared_bytes;
  cudaStream_t stream;
  /// The kernel may begin while the one before it in the stream still runs: it waits by itself
  /// (`await_earlier_kernels`). Needs compute capability 9.0.
  bool overlaps;
};

/// The one way in which kernels are launched. The arguments take the types of the kernel's
/// parameters.
template <typename... Parameters, typename... Arguments>
cudaError_t launch(void (*kernel)(Parameters...), const LaunchShape& shape,
                   Arguments&&... arguments) {
  cudaLaunchConfig_t configuration{};
  configuration.gridDim = shape.grid;
  configuration.blockDim = shape.block;
  configuration.dynamicSmemBytes = shape.shared_bytes;
  configuration.stream = shape.stream;
#ifndef NEXTLINE_CUDA_EMULATED
  cudaLaunchAttribute overlap{};
  overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  overlap.val.programmaticStreamSerializationAllowed = 1;
  configuration.attrs = &overlap;
  configuration.numAttrs = shape.overlaps ? 1 : 0;
#endif
  return cudaLaunchKernelEx(&configuration, kernel,
                            static_cast<Parameters>(std::forward<Arguments>(arguments))...);
}

#ifdef NEXTLINE_CUDA_EMULATED

template <typename T>
T* dynamic_shared() {
  return static_cast<T*>(cuda_device::dynamic_shared_memory());
}

/// One of the four bytes as a number; exact.
inline float byte_to_float(std::uint32_t bytes, std::uint32_t index) {
  return static_cast<float>(bytes >> (8 * index) & 0xff);
}

/// Each thread of each kernel calls this before it reads what an earlier kernel has written, and
/// before it writes anything. Until then it may read what no kernel writes, as weights: that is
/// then on its way while the kernel before is still at work, and so is the launch itself.
inline void await_earlier_kernels() {}

/// Loads what is read once and should not drive anything else out of the nearest cache.
inline uint4 load_once(const uint4* address) { return *address; }

#else

template <typename T>
__device__ __forceinline__ T* dynamic_shared() {
  extern __shared__ __align__(128) unsigned char memory[];
  return reinterpret_cast<T*>(memory);
}

/// One of the four bytes as a number; exact. A byte in the lowest place of 2^23 makes the number
/// 2^23 + byte: two instructions at full rate, where the conversion runs at a quarter of it.
__device__ __forceinline__ float byte_to_float(std::uint32_t bytes, std::uint32_t index) {
  return __uint_as_float(__byte_perm(bytes, 0x4b000000U, 0x7440U | index)) - 8388608.0F;
}

/// Each thread of each kernel calls this before it reads what an earlier kernel has written, and
/// before it writes anything. Until then it may read what no kernel writes, as weights: that is
/// then on its way while the kernel before is still at work, and so is the launch itself.
__device__ __forceinline__ void await_earlier_kernels() {
#if __CUDA_ARCH__ >= 900
  // The next kernel may begin to wait in its turn, wherever there is room beside this one.
  asm volatile("griddepcontrol.launch_dependents;");
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

/// Loads what is read once and should not drive anything else out of the nearest cache.
__device__ __forceinline__ uint4 load_once(const uint4* address) {
  uint4 value;
  asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
               : "l"(address));
  return value;
}

#endif

/// What an address leads to that a kernel has read from memory: memory of the device or pinned
/// memory of the host, so that loads and stores need not find out whether it is shared by the
/// thread block.
template <typename T, typename Byte>
__device__ __forceinline__ T* global_memory(Byte* address) {
#ifndef NEXTLINE_CUDA_EMULATED
  __builtin_assume(__isGlobal(address));
#endif
  return reinterpret_cast<T*>(address);
}

__host__ __device__ constexpr std::uint32_t lesser(std::uint32_t a, std::uint32_t b) {
  return a < b ? a : b;
}

__device__ __forceinline__ std::uint32_t warp_index() { return threadIdx.x / kWarpThreads; }
__device__ __forceinline__ std::uint32_t lane_index() { return threadIdx.x % kWarpThreads; }

/// The sum over the lanes of a warp, the same in each; a fixed tree.
__device__ __forceinline__ float sum_over_lanes(float value) {
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) value += __shfl_xor_sync(kAllLanes, value, offset);
  return value;
}

__device__ __forceinline__ float highest_over_lanes(float value) {
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) {
    value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, offset));
  }
  return value;
}

__device__ __forceinline__ float half_bits_to_float(std::uint32_t bits) {
  return __half2float(__ushort_as_half(static_cast<unsigned short>(bits)));
}

/// Bfloat16, the upper half of a float.
__device__ __forceinline__ float bfloat16_bits_to_float(std::uint32_t bits) {
  return __uint_as_float(bits << 16);
}

// Numbers as keys and values are stored in.
__device__ __forceinline__ float to_float(float number) { return number; }
__device__ __forceinline__ float to_float(__half number) { return __half2float(number); }
__device__ __forceinline__ float to_float(__nv_bfloat16 number) { return __bfloat162float(number); }

__device__ __forceinline__ void store_number(float* to, float value) { *to = value; }
__device__ __forceinline__ void store_number(__half* to, float value) {
  *to = __float2half_rn(value);
}
__device__ __forceinline__ void store_number(__nv_bfloat16* to, float value) {
  *to = __float2bfloat16_rn(value);
}

}  // namespace nextline::cuda
