#pragma once

#include <immintrin.h>

#include <cstdint>

/// Sixteen lanes in two 256-bit registers: AVX2, FMA and F16C.
namespace nextline::cpu::avx2 {

struct F32 {
  __m256 low;
  __m256 high;
};
struct I32 {
  __m256i low;
  __m256i high;
};
using Bytes = I32;  // 16 lanes of 4 bytes

/// Rows that one pass over the weights serves; more would only spill the 16 registers.
constexpr int kRegisterRows = 4;
/// Rows whose integers are summed side by side.
constexpr int kRowsTogether = 1;
/// Whether `dot4_wide` takes weights of a whole byte as they are stored, 128 too high.
constexpr bool kWideHasOffset = false;
/// There is none that multiplies matrices in tile registers.
struct TileUnit {
  static constexpr bool kExists = false;
};

/// Queries that share each group of 16 keys while their scores are summed, and queries and vectors
/// of 16 dimensions whose sums of values are in registers at once: twelve of the 16 registers.
constexpr int kScoreQueries = 6;
constexpr int kValueQueries = 6;
constexpr int kValueVectors = 1;

inline F32 zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
inline F32 broadcast(float value) { return {_mm256_set1_ps(value), _mm256_set1_ps(value)}; }
inline F32 load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
inline void store(float* p, F32 v) {
  _mm256_storeu_ps(p, v.low);
  _mm256_storeu_ps(p + 8, v.high);
}
inline F32 add(F32 a, F32 b) {
  return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
}
inline F32 sub(F32 a, F32 b) {
  return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)};
}
inline F32 mul(F32 a, F32 b) {
  return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
}
inline F32 div(F32 a, F32 b) {
  return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)};
}
inline F32 max(F32 a, F32 b) {
  return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)};
}
inline F32 min(F32 a, F32 b) {
  return {_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)};
}
inline F32 abs(F32 a) {
  const __m256 sign = _mm256_set1_ps(-0.0F);
  return {_mm256_andnot_ps(sign, a.low), _mm256_andnot_ps(sign, a.high)};
}
/// a·b + c, rounded once.
inline F32 fma(F32 a, F32 b, F32 c) {
  return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
/// a·b + c, rounded once, b being one number for all lanes.
inline F32 fma_memory(F32 a, const float* b, F32 c) { return fma(a, broadcast(*b), c); }
/// Where x < threshold: zero, else value.
inline F32 zero_below(F32 x, float threshold, F32 value) {
  const __m256 t = _mm256_set1_ps(threshold);
  return {_mm256_and_ps(_mm256_cmp_ps(x.low, t, _CMP_NLT_UQ), value.low),
          _mm256_and_ps(_mm256_cmp_ps(x.high, t, _CMP_NLT_UQ), value.high)};
}

/// The sum of all lanes; halves are folded onto each other: 8, 4, 2, 1.
inline float sum(F32 v) {
  const __m256 eight = _mm256_add_ps(v.low, v.high);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
inline float highest(F32 v) {
  const __m256 eight = _mm256_max_ps(v.low, v.high);
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

/// Stores the lanes from `first` on, and touches nothing before p + first.
inline void store_from(float* p, std::uint32_t first, F32 v) {
  float lanes[16];
  store(lanes, v);
  for (std::uint32_t lane = first; lane < 16; ++lane) p[lane] = lanes[lane];
}
/// Lanes 1, 0, 3, 2, …
inline F32 swap_neighbours(F32 v) {
  return {_mm256_permute_ps(v.low, 0xB1), _mm256_permute_ps(v.high, 0xB1)};
}
/// Eight numbers, each in two neighbouring lanes.
inline F32 load_twice(const float* p) {
  const __m256 eight = _mm256_loadu_ps(p);
  return {_mm256_permutevar8x32_ps(eight, _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3)),
          _mm256_permutevar8x32_ps(eight, _mm256_setr_epi32(4, 4, 5, 5, 6, 6, 7, 7))};
}

inline F32 load_half(const std::uint16_t* p) {
  return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))),
          _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 8)))};
}
inline void store_half(std::uint16_t* p, F32 v) {
  constexpr int kNearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(v.low, kNearest));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p + 8), _mm256_cvtps_ph(v.high, kNearest));
}
inline F32 load_bfloat16(const std::uint16_t* p) {
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 8));
  return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(low), 16)),
          _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(high), 16))};
}
inline __m256i round_to_bfloat16(__m256 v) {
  const __m256i bits = _mm256_castps_si256(v);
  const __m256i upper = _mm256_srli_epi32(bits, 16);
  // Below the half of a unit nothing carries; at the half, only an odd number's last bit does.
  const __m256i half =
      _mm256_add_epi32(_mm256_set1_epi32(0x7FFF), _mm256_and_si256(upper, _mm256_set1_epi32(1)));
  const __m256i rounded = _mm256_srli_epi32(_mm256_add_epi32(bits, half), 16);
  const __m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
  const __m256i quiet = _mm256_or_si256(upper, _mm256_set1_epi32(0x40));
  return _mm256_blendv_epi8(rounded, quiet, is_nan);
}
inline void store_bfloat16(std::uint16_t* p, F32 v) {
  // Packing goes by halves of the registers.
  const __m256i packed = _mm256_packus_epi32(round_to_bfloat16(v.low), round_to_bfloat16(v.high));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm256_permute4x64_epi64(packed, 0xD8));
}

inline I32 zero_i32() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
inline I32 broadcast(std::int32_t value) {
  return {_mm256_set1_epi32(value), _mm256_set1_epi32(value)};
}
inline I32 load_ints(const std::int32_t* p) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)),
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 8))};
}
inline void store_ints(std::int32_t* p, I32 a) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.low);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p + 8), a.high);
}
inline I32 add(I32 a, I32 b) {
  return {_mm256_add_epi32(a.low, b.low), _mm256_add_epi32(a.high, b.high)};
}
inline I32 mul(I32 a, I32 b) {
  return {_mm256_mullo_epi32(a.low, b.low), _mm256_mullo_epi32(a.high, b.high)};
}
template <int kBits>
inline I32 shift_left(I32 a) {
  return {_mm256_slli_epi32(a.low, kBits), _mm256_slli_epi32(a.high, kBits)};
}
inline F32 to_float(I32 a) { return {_mm256_cvtepi32_ps(a.low), _mm256_cvtepi32_ps(a.high)}; }
inline I32 bits_of(F32 a) { return {_mm256_castps_si256(a.low), _mm256_castps_si256(a.high)}; }
inline F32 from_bits(I32 a) { return {_mm256_castsi256_ps(a.low), _mm256_castsi256_ps(a.high)}; }
inline std::int32_t sum(I32 a) {
  const __m256i eight = _mm256_add_epi32(a.low, a.high);
  const __m128i four =
      _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
  const __m128i two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
  return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 1)));
}
inline I32 load_unsigned_bytes(const std::uint8_t* p) {
  return {_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))),
          _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p + 8)))};
}
inline I32 load_signed_bytes(const std::int8_t* p) {
  return {_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))),
          _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p + 8)))};
}
inline void store_low_bytes(std::int8_t* p, I32 a) {
  alignas(32) std::int32_t lanes[16];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), a.low);
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes + 8), a.high);
  for (int lane = 0; lane < 16; ++lane) p[lane] = static_cast<std::int8_t>(lanes[lane]);
}

inline Bytes load_bytes(const std::uint8_t* p) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)),
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32))};
}
/// As `load_bytes`, of bytes that are aligned to 64 and will not be wanted again soon.
inline Bytes load_bytes_once(const std::uint8_t* p) {
  const auto* half = reinterpret_cast<const __m256i*>(p);
  return {_mm256_stream_load_si256(half), _mm256_stream_load_si256(half + 1)};
}
inline void store_bytes(std::uint8_t* p, Bytes a) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.low);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p + 32), a.high);
}
inline Bytes keep_bits(Bytes a, std::uint8_t mask) {
  const __m256i m = _mm256_set1_epi8(static_cast<char>(mask));
  return {_mm256_and_si256(a.low, m), _mm256_and_si256(a.high, m)};
}
/// Shifts 32-bit lanes; bits that cross a byte must be masked off.
template <int kBits>
inline Bytes shift_bytes(Bytes a) {
  if constexpr (kBits >= 0) {
    return {_mm256_slli_epi32(a.low, kBits), _mm256_slli_epi32(a.high, kBits)};
  } else {
    return {_mm256_srli_epi32(a.low, -kBits), _mm256_srli_epi32(a.high, -kBits)};
  }
}
/// a | (b & mask)
inline Bytes merge_bits(Bytes a, Bytes b, std::uint8_t mask) {
  const Bytes kept = keep_bits(b, mask);
  return {_mm256_or_si256(a.low, kept.low), _mm256_or_si256(a.high, kept.high)};
}

inline __m256i four_activations(const std::int8_t* activations) {
  std::int32_t four;
  __builtin_memcpy(&four, activations, 4);
  return _mm256_set1_epi32(four);
}
/// Four products summed per lane. Pairs are summed in 16 bits first: 2·128·127 still fits.
inline __m256i dot4(__m256i sums, __m256i weights, __m256i activations) {
  const __m256i pairs = _mm256_maddubs_epi16(weights, activations);
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
/// Adds, in each lane, the products of its 4 unsigned weights (below 64) with 4 signed activations.
inline I32 dot4(I32 sums, Bytes weights, const std::int8_t* activations) {
  const __m256i four = four_activations(activations);
  return {dot4(sums.low, weights.low, four), dot4(sums.high, weights.high, four)};
}
/// The same for weights of a whole byte, stored 128 too high. Pairs of whole bytes would overflow
/// 16 bits, so the offset is taken off first and the sign moved to the activations.
inline I32 dot4_wide(I32 sums, Bytes weights, const std::int8_t* activations) {
  const __m256i four = four_activations(activations);
  const __m256i offset = _mm256_set1_epi8(static_cast<char>(0x80));
  const __m256i low = _mm256_xor_si256(weights.low, offset);
  const __m256i high = _mm256_xor_si256(weights.high, offset);
  return {dot4(sums.low, _mm256_abs_epi8(low), _mm256_sign_epi8(four, low)),
          dot4(sums.high, _mm256_abs_epi8(high), _mm256_sign_epi8(four, high))};
}

/// The sums of four times 16 bytes.
inline void sum_sixteens(const std::int8_t* bytes, std::int32_t* four_sums) {
  const __m256i ones = _mm256_set1_epi8(1);
  const auto fours = [&](const std::int8_t* p) {
    return dot4(_mm256_setzero_si256(), ones,
                _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  };
  const __m256i eights = _mm256_hadd_epi32(fours(bytes), fours(bytes + 32));
  // Halves of 128 bits: the first and third sixteen, the second and fourth.
  const __m256i sixteens = _mm256_hadd_epi32(eights, eights);
  const __m128i low = _mm256_castsi256_si128(sixteens);
  const __m128i high = _mm256_extracti128_si256(sixteens, 1);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(four_sums), _mm_unpacklo_epi32(low, high));
}

}  // namespace nextline::cpu::avx2
