#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <type_traits>

#include "vector_types.h"

/// What CUDA adds to C++ inside of kernels, for an ordinary C++ compiler.
///
/// A kernel is a function that is called once per thread of the grid, each time with another
/// `threadIdx` and `blockIdx`. Blocks run one after the other, so what a block shares can be
/// static. Every call below at which threads wait for each other may run other threads of the block
/// meanwhile; its last parameter is filled in by the compiler and says where the call stands.

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))

/// Of the thread that runs; set anew whenever another one goes on.
extern uint3 threadIdx;
extern uint3 blockIdx;
extern dim3 blockDim;
extern dim3 gridDim;
constexpr int warpSize = 32;

namespace nextline::cuda_device {

#ifdef __cpp_lib_source_location
using Place = std::source_location;
#else
/// std::source_location, for compilers that have none (clang 14).
class Place {
 public:
  static constexpr Place current(const char* file = __builtin_FILE(),
                                 std::uint32_t line = __builtin_LINE(),
                                 std::uint32_t column = __builtin_COLUMN()) {
    Place here;
    here.file_ = file;
    here.line_ = line;
    here.column_ = column;
    return here;
  }

  constexpr const char* file_name() const { return file_; }
  constexpr std::uint32_t line() const { return line_; }
  constexpr std::uint32_t column() const { return column_; }

 private:
  const char* file_ = "";
  std::uint32_t line_ = 0;
  std::uint32_t column_ = 0;
};
#endif

/// What the lanes of a warp do together.
enum class WarpStep : std::uint8_t {
  kSync,
  kShuffle,
  kShuffleUp,
  kShuffleDown,
  kShuffleXor,
  kBallot,
  kAny,
  kAll,
};

/// What one lane brings to a step.
struct LaneOffer {
  std::uint64_t bits = 0;  ///< The value to be shuffled, or the vote.
  int operand = 0;         ///< Source lane, distance or mask, as the step has it.
  int width = warpSize;    ///< Of the segments of the warp that shuffle by themselves.
};

/// Waits until all threads of the block have come to this place.
void wait_for_block(Place place);

/// Waits until all lanes that `mask` names have come to this place with the same mask; gives what
/// the step has for the lane that calls.
std::uint64_t meet_in_warp(WarpStep step, std::uint32_t mask, LaneOffer offer, Place place);

extern std::byte* dynamic_shared_start;

/// The block's shared memory of the size that its launch asked for, aligned to 128 bytes; not
/// initialised, as on the device, but full of NaNs.
inline void* dynamic_shared_memory() { return dynamic_shared_start; }

template <typename T>
concept Shuffled = std::is_trivially_copyable_v<T> &&
                   (sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8) &&
                   !std::is_pointer_v<T>;

template <Shuffled T>
T shuffle(WarpStep step, std::uint32_t mask, T value, int operand, int width, Place place) {
  using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t,
                                  std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint16_t>>;
  const LaneOffer offer{std::bit_cast<Bits>(value), operand, width};
  return std::bit_cast<T>(static_cast<Bits>(meet_in_warp(step, mask, offer, place)));
}

inline std::uint64_t vote(WarpStep step, std::uint32_t mask, int predicate, Place place) {
  return meet_in_warp(step, mask, LaneOffer{.bits = predicate != 0 ? 1U : 0U}, place);
}

}  // namespace nextline::cuda_device

inline void __syncthreads(
    nextline::cuda_device::Place place = nextline::cuda_device::Place::current()) {
  nextline::cuda_device::wait_for_block(place);
}

inline void __syncwarp(
    unsigned int mask = 0xffffffffU,
    nextline::cuda_device::Place place = nextline::cuda_device::Place::current()) {
  nextline::cuda_device::meet_in_warp(nextline::cuda_device::WarpStep::kSync, mask, {}, place);
}

template <nextline::cuda_device::Shuffled T>
T __shfl_sync(unsigned int mask, T value, int source_lane, int width = warpSize,
              nextline::cuda_device::Place place = nextline::cuda_device::Place::current()) {
  return nextline::cuda_device::shuffle(nextline::cuda_device::WarpStep::kShuffle, mask, value,
                                        source_lane, width, place);
}

template <nextline::cuda_device::Shuffled T>
T __shfl_up_sync(unsigned int mask, T value, unsigned int distance, int width = warpSize,
                 nextline::cuda_device::Place place = nextline::cuda_device::Place::current()) {
  return nextline::cuda_device::shuffle(nextline::cuda_device::WarpStep::kShuffleUp, mask, value,
                                        static_cast<int>(distance), width, place);
}

template <nextline::cuda_device::Shuffled T>
T __shfl_down_sync(unsigned int mask, T value, unsigned int distance, int width = warpSize,
                   nextline::cuda_device::Place place = nextline::cuda_device::Place::current()) {
  return nextline::cuda_device::shuffle(nextline::cuda_device::WarpStep::kShuffleDown, mask, value,
                                        static_cast<int>(distance), width, place);
}

template <nextline::cuda_device::Shuffled T>
T __shfl_xor_sync(unsigned int mask, T value, int lane_mask, int width = warpSize,
                  nextline::cuda_device::Place place = nextline::cuda_device::Place::current()) {
  return nextline::cuda_device::shuffle(nextline::cuda_device::WarpStep::kShuffleXor, mask, value,
                                        lane_mask, width, place);
}

inline unsigned int __ballot_sync(
    unsigned int mask, int predicate,
    nextline::cuda_device::Place place = nextline::cuda_device::Place::current()) {
  return static_cast<unsigned int>(nextline::cuda_device::vote(
      nextline::cuda_device::WarpStep::kBallot, mask, predicate, place));
}

inline int __any_sync(
    unsigned int mask, int predicate,
    nextline::cuda_device::Place place = nextline::cuda_device::Place::current()) {
  return static_cast<int>(
      nextline::cuda_device::vote(nextline::cuda_device::WarpStep::kAny, mask, predicate, place));
}

inline int __all_sync(
    unsigned int mask, int predicate,
    nextline::cuda_device::Place place = nextline::cuda_device::Place::current()) {
  return static_cast<int>(
      nextline::cuda_device::vote(nextline::cuda_device::WarpStep::kAll, mask, predicate, place));
}

template <typename T>
T __ldg(const T* address) {
  return *address;
}

/// Threads take turns only where they wait, so that these are atomic as they stand.
template <typename T>
requires std::same_as<T, int> || std::same_as<T, unsigned int> ||
    std::same_as<T, unsigned long long>
        T atomicAdd(T* address, std::type_identity_t<T> value) {
  const T before = *address;
  *address = before + value;
  return before;
}

/// The sum of four products of signed bytes, and of a number that wraps around.
inline int __dp4a(int a, int b, int sum) {
  unsigned int wrapped = static_cast<unsigned int>(sum);
  for (int shift = 0; shift < 32; shift += 8) {
    const int product = static_cast<signed char>(a >> shift) * static_cast<signed char>(b >> shift);
    wrapped += static_cast<unsigned int>(product);
  }
  return static_cast<int>(wrapped);
}

inline unsigned int __dp4a(unsigned int a, unsigned int b, unsigned int sum) {
  for (int shift = 0; shift < 32; shift += 8) sum += (a >> shift & 0xff) * (b >> shift & 0xff);
  return sum;
}

inline unsigned int __float_as_uint(float value) { return std::bit_cast<unsigned int>(value); }
inline int __float_as_int(float value) { return std::bit_cast<int>(value); }
inline float __uint_as_float(unsigned int bits) { return std::bit_cast<float>(bits); }
inline float __int_as_float(int bits) { return std::bit_cast<float>(bits); }
inline int __popc(unsigned int bits) { return std::popcount(bits); }
inline int __clz(int bits) { return std::countl_zero(static_cast<unsigned int>(bits)); }
/// One more than the index of the lowest bit that is set; 0 if none is.
inline int __ffs(int bits) {
  return bits == 0 ? 0 : std::countr_zero(static_cast<unsigned int>(bits)) + 1;
}
