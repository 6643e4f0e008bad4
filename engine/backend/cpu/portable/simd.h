#pragma once

#include <cmath>
#include <cstdint>

#include "engine/gguf/tensor_type.h"

/// Sixteen lanes as plain arrays, for machines without AVX2 and as the definition of what the other
/// instruction sets must compute.
namespace nextline::cpu::portable {

constexpr int kLaneCount = 16;

struct F32 {
  float lane[kLaneCount];
};
struct I32 {
  std::int32_t lane[kLaneCount];
};
struct Bytes {
  std::uint8_t byte[4 * kLaneCount];  // 16 lanes of 4 bytes
};

/// Rows that one pass over the weights serves.
constexpr int kRegisterRows = 1;
/// Rows whose integers are summed side by side.
constexpr int kRowsTogether = 1;
/// Whether `dot4_wide` takes weights of a whole byte as they are stored, 128 too high.
constexpr bool kWideHasOffset = true;
/// There is none that multiplies matrices in tile registers.
struct TileUnit {
  static constexpr bool kExists = false;
};

constexpr int kScoreQueries = 4;
constexpr int kValueQueries = 4;
constexpr int kValueVectors = 1;

template <typename Vector, typename Function>
inline Vector each_lane(Function function) {
  Vector result;
  for (int lane = 0; lane < kLaneCount; ++lane) result.lane[lane] = function(lane);
  return result;
}

inline F32 broadcast(float value) {
  return each_lane<F32>([&](int) { return value; });
}
inline F32 zero() { return broadcast(0.0F); }
inline F32 load(const float* p) {
  return each_lane<F32>([&](int i) { return p[i]; });
}
inline void store(float* p, const F32& v) {
  for (int i = 0; i < kLaneCount; ++i) p[i] = v.lane[i];
}
inline F32 add(const F32& a, const F32& b) {
  return each_lane<F32>([&](int i) { return a.lane[i] + b.lane[i]; });
}
inline F32 sub(const F32& a, const F32& b) {
  return each_lane<F32>([&](int i) { return a.lane[i] - b.lane[i]; });
}
inline F32 mul(const F32& a, const F32& b) {
  return each_lane<F32>([&](int i) { return a.lane[i] * b.lane[i]; });
}
inline F32 div(const F32& a, const F32& b) {
  return each_lane<F32>([&](int i) { return a.lane[i] / b.lane[i]; });
}
inline F32 max(const F32& a, const F32& b) {
  return each_lane<F32>([&](int i) { return a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]; });
}
inline F32 min(const F32& a, const F32& b) {
  return each_lane<F32>([&](int i) { return a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]; });
}
inline F32 abs(const F32& a) {
  return each_lane<F32>([&](int i) { return std::fabs(a.lane[i]); });
}
/// a·b + c, rounded once.
inline F32 fma(const F32& a, const F32& b, const F32& c) {
  return each_lane<F32>([&](int i) { return std::fma(a.lane[i], b.lane[i], c.lane[i]); });
}
/// a·b + c, rounded once, b being one number for all lanes.
inline F32 fma_memory(const F32& a, const float* b, const F32& c) {
  return fma(a, broadcast(*b), c);
}
/// Where x < threshold: zero, else value.
inline F32 zero_below(const F32& x, float threshold, const F32& value) {
  return each_lane<F32>([&](int i) { return x.lane[i] < threshold ? 0.0F : value.lane[i]; });
}

/// The sum of all lanes; halves are folded onto each other: 8, 4, 2, 1.
inline float sum(F32 v) {
  for (int half = kLaneCount / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) v.lane[i] += v.lane[i + half];
  }
  return v.lane[0];
}
inline float highest(F32 v) {
  for (int half = kLaneCount / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) {
      if (v.lane[i + half] > v.lane[i]) v.lane[i] = v.lane[i + half];
    }
  }
  return v.lane[0];
}

/// Stores the lanes from `first` on, and touches nothing before p + first.
inline void store_from(float* p, std::uint32_t first, const F32& v) {
  for (std::uint32_t lane = first; lane < 16; ++lane) p[lane] = v.lane[lane];
}
/// Lanes 1, 0, 3, 2, …
inline F32 swap_neighbours(const F32& v) {
  return each_lane<F32>([&](int i) { return v.lane[i ^ 1]; });
}
/// Eight numbers, each in two neighbouring lanes.
inline F32 load_twice(const float* p) {
  return each_lane<F32>([&](int i) { return p[i / 2]; });
}

inline F32 load_half(const std::uint16_t* p) {
  return each_lane<F32>([&](int i) { return gguf::half_to_float(p[i]); });
}
inline void store_half(std::uint16_t* p, const F32& v) {
  for (int i = 0; i < kLaneCount; ++i) p[i] = gguf::float_to_half(v.lane[i]);
}

inline I32 broadcast(std::int32_t value) {
  return each_lane<I32>([&](int) { return value; });
}
inline I32 zero_i32() { return broadcast(0); }
inline I32 load_ints(const std::int32_t* p) {
  return each_lane<I32>([&](int i) { return p[i]; });
}
inline void store_ints(std::int32_t* p, const I32& a) {
  for (int i = 0; i < kLaneCount; ++i) p[i] = a.lane[i];
}
// Lanes wrap around as registers do.
inline I32 add(const I32& a, const I32& b) {
  return each_lane<I32>([&](int i) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a.lane[i]) +
                                     static_cast<std::uint32_t>(b.lane[i]));
  });
}
inline I32 mul(const I32& a, const I32& b) {
  return each_lane<I32>([&](int i) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a.lane[i]) *
                                     static_cast<std::uint32_t>(b.lane[i]));
  });
}
template <int kBits>
inline I32 shift_left(const I32& a) {
  return each_lane<I32>([&](int i) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a.lane[i]) << kBits);
  });
}
inline F32 to_float(const I32& a) {
  return each_lane<F32>([&](int i) { return static_cast<float>(a.lane[i]); });
}
inline I32 bits_of(const F32& a) {
  I32 bits;
  __builtin_memcpy(&bits, &a, sizeof(bits));
  return bits;
}
inline F32 from_bits(const I32& a) {
  F32 value;
  __builtin_memcpy(&value, &a, sizeof(value));
  return value;
}
inline std::int32_t sum(const I32& a) {
  std::int32_t total = 0;
  for (const std::int32_t lane : a.lane) total += lane;
  return total;
}
inline I32 load_unsigned_bytes(const std::uint8_t* p) {
  return each_lane<I32>([&](int i) { return std::int32_t{p[i]}; });
}
inline I32 load_signed_bytes(const std::int8_t* p) {
  return each_lane<I32>([&](int i) { return std::int32_t{p[i]}; });
}
inline void store_low_bytes(std::int8_t* p, const I32& a) {
  for (int i = 0; i < kLaneCount; ++i) p[i] = static_cast<std::int8_t>(a.lane[i]);
}
inline F32 load_bfloat16(const std::uint16_t* p) {
  return from_bits(
      each_lane<I32>([&](int i) { return static_cast<std::int32_t>(std::uint32_t{p[i]} << 16); }));
}
inline void store_bfloat16(std::uint16_t* p, const F32& v) {
  for (int i = 0; i < kLaneCount; ++i) p[i] = gguf::float_to_bfloat16(v.lane[i]);
}

inline Bytes load_bytes(const std::uint8_t* p) {
  Bytes result;
  __builtin_memcpy(result.byte, p, sizeof(result.byte));
  return result;
}
/// As `load_bytes`, of bytes that are aligned to 64 and will not be wanted again soon.
inline Bytes load_bytes_once(const std::uint8_t* p) { return load_bytes(p); }
inline void store_bytes(std::uint8_t* p, const Bytes& a) {
  __builtin_memcpy(p, a.byte, sizeof(a.byte));
}
inline Bytes keep_bits(Bytes a, std::uint8_t mask) {
  for (std::uint8_t& byte : a.byte) byte &= mask;
  return a;
}
/// Shifts bytes; bits that a wider register would carry into a neighbour must be masked off.
template <int kBits>
inline Bytes shift_bytes(Bytes a) {
  for (std::uint8_t& byte : a.byte) {
    byte = static_cast<std::uint8_t>(kBits >= 0 ? byte << (kBits >= 0 ? kBits : 0)
                                                : byte >> (kBits >= 0 ? 0 : -kBits));
  }
  return a;
}
/// a | (b & mask)
inline Bytes merge_bits(Bytes a, const Bytes& b, std::uint8_t mask) {
  for (int i = 0; i < 4 * kLaneCount; ++i) {
    a.byte[i] = static_cast<std::uint8_t>(a.byte[i] | (b.byte[i] & mask));
  }
  return a;
}

/// Adds, in each lane, the products of its 4 unsigned weights with 4 signed activations.
inline I32 dot4(const I32& sums, const Bytes& weights, const std::int8_t* activations) {
  return each_lane<I32>([&](int i) {
    const std::uint8_t* w = weights.byte + 4 * i;
    return sums.lane[i] + w[0] * activations[0] + w[1] * activations[1] + w[2] * activations[2] +
           w[3] * activations[3];
  });
}
/// The same for weights of a whole byte, which stand 128 too high.
inline I32 dot4_wide(const I32& sums, const Bytes& weights, const std::int8_t* activations) {
  return dot4(sums, weights, activations);
}

/// The sums of four times 16 bytes.
inline void sum_sixteens(const std::int8_t* bytes, std::int32_t* four_sums) {
  for (int i = 0; i < 4; ++i) {
    four_sums[i] = 0;
    for (int j = 0; j < 16; ++j) four_sums[i] += bytes[16 * i + j];
  }
}

}  // namespace nextline::cpu::portable
