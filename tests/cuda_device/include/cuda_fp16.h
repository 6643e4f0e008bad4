#pragma once

#include "half_bits.h"
#include "vector_types.h"

/// CUDA's binary16 number, as storage only: it converts, and does not calculate.
class __half {
 public:
  __half() = default;

 private:
  friend __half __ushort_as_half(unsigned short bits);
  friend unsigned short __half_as_ushort(__half half);
  unsigned short bits_;
};

struct alignas(4) __half2 {
  __half x, y;
};

inline __half __ushort_as_half(unsigned short bits) {
  __half half;
  half.bits_ = bits;
  return half;
}
inline unsigned short __half_as_ushort(__half half) { return half.bits_; }

inline float __half2float(__half half) {
  return nextline::cuda_device::float_of_half(__half_as_ushort(half));
}
inline __half __float2half_rn(float value) {
  return __ushort_as_half(nextline::cuda_device::half_of_float(value));
}
inline __half __float2half(float value) { return __float2half_rn(value); }

inline float2 __half22float2(__half2 halves) {
  return {__half2float(halves.x), __half2float(halves.y)};
}
inline __half2 __halves2half2(__half x, __half y) { return {x, y}; }
inline __half2 __floats2half2_rn(float x, float y) {
  return {__float2half_rn(x), __float2half_rn(y)};
}
