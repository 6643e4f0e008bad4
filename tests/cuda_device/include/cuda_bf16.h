#pragma once

#include "half_bits.h"
#include "vector_types.h"

/// CUDA's bfloat16 number, as storage only: it converts, and does not calculate.
class __nv_bfloat16 {
 public:
  __nv_bfloat16() = default;

 private:
  friend __nv_bfloat16 __ushort_as_bfloat16(unsigned short bits);
  friend unsigned short __bfloat16_as_ushort(__nv_bfloat16 bfloat16);
  unsigned short bits_;
};

struct alignas(4) __nv_bfloat162 {
  __nv_bfloat16 x, y;
};

inline __nv_bfloat16 __ushort_as_bfloat16(unsigned short bits) {
  __nv_bfloat16 bfloat16;
  bfloat16.bits_ = bits;
  return bfloat16;
}
inline unsigned short __bfloat16_as_ushort(__nv_bfloat16 bfloat16) { return bfloat16.bits_; }

inline float __bfloat162float(__nv_bfloat16 bfloat16) {
  return nextline::cuda_device::float_of_bfloat16(__bfloat16_as_ushort(bfloat16));
}
inline __nv_bfloat16 __float2bfloat16_rn(float value) {
  return __ushort_as_bfloat16(nextline::cuda_device::bfloat16_of_float(value));
}
inline __nv_bfloat16 __float2bfloat16(float value) { return __float2bfloat16_rn(value); }

inline float2 __bfloat1622float2(__nv_bfloat162 pair) {
  return {__bfloat162float(pair.x), __bfloat162float(pair.y)};
}
inline __nv_bfloat162 __floats2bfloat162_rn(float x, float y) {
  return {__float2bfloat16_rn(x), __float2bfloat16_rn(y)};
}
