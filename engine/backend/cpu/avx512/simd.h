#pragma once

#include <immintrin.h>

#include <cstdint>

/// Sixteen lanes in one 512-bit register: AVX-512 F, BW, DQ, VL and VNNI.
namespace nextline::cpu::avx512 {

using F32 = __m512;
using I32 = __m512i;
using Bytes = __m512i;  // 16 lanes of 4 bytes

/// Rows that one pass over the weights serves: sixteen sums and the eight registers of an unpacked
/// block leave a few of the 32 registers for the rest.
constexpr int kRegisterRows = 16;
/// Rows whose integers are summed side by side.
constexpr int kRowsTogether = 4;
/// Whether `dot4_wide` takes weights of a whole byte as they are stored, 128 too high.
constexpr bool kWideHasOffset = true;
/// There is none that multiplies matrices in tile registers.
struct TileUnit {
  static constexpr bool kExists = false;
};

/// Queries that share each group of 16 keys while their scores are summed: a sum per register, and
/// one for the keys; the queries come from memory.
constexpr int kScoreQueries = 28;
/// Queries and vectors of 16 dimensions whose sums of values are in registers at once. Seven is
/// what the default model has per key head.
constexpr int kValueQueries = 7;
constexpr int kValueVectors = 4;

inline F32 zero() { return _mm512_setzero_ps(); }
inline F32 broadcast(float value) { return _mm512_set1_ps(value); }
inline F32 load(const float* p) { return _mm512_loadu_ps(p); }
inline void store(float* p, F32 v) { _mm512_storeu_ps(p, v); }
inline F32 add(F32 a, F32 b) { return _mm512_add_ps(a, b); }
inline F32 sub(F32 a, F32 b) { return _mm512_sub_ps(a, b); }
inline F32 mul(F32 a, F32 b) { return _mm512_mul_ps(a, b); }
inline F32 div(F32 a, F32 b) { return _mm512_div_ps(a, b); }
inline F32 max(F32 a, F32 b) { return _mm512_max_ps(a, b); }
inline F32 min(F32 a, F32 b) { return _mm512_min_ps(a, b); }
inline F32 abs(F32 a) { return _mm512_abs_ps(a); }
/// a·b + c, rounded once.
inline F32 fma(F32 a, F32 b, F32 c) { return _mm512_fmadd_ps(a, b, c); }
/// a·b + c, rounded once, b being one number for all lanes. It is read from memory by the very
/// instruction that multiplies: compilers would rather keep it in a register, and all of these are
/// taken where this is used.
inline F32 fma_memory(F32 a, const float* b, F32 c) {
  __asm__("vfmadd231ps %2%{1to16%}, %1, %0" : "+v"(c) : "v"(a), "m"(*b));
  return c;
}
/// Where x < threshold: zero, else value.
inline F32 zero_below(F32 x, float threshold, F32 value) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, broadcast(threshold), _CMP_NLT_UQ), value);
}

/// The sum of all lanes; halves are folded onto each other: 8, 4, 2, 1.
inline float sum(F32 v) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
inline float highest(F32 v) { return _mm512_reduce_max_ps(v); }

/// Stores the lanes from `first` on, and touches nothing before p + first.
inline void store_from(float* p, std::uint32_t first, F32 v) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>(0xFFFFU << first), v);
}
/// Lanes 1, 0, 3, 2, …
inline F32 swap_neighbours(F32 v) { return _mm512_permute_ps(v, 0xB1); }
/// Eight numbers, each in two neighbouring lanes.
inline F32 load_twice(const float* p) {
  const __m512i lanes = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
  return _mm512_permutexvar_ps(lanes, _mm512_castps256_ps512(_mm256_loadu_ps(p)));
}

inline F32 load_half(const std::uint16_t* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
inline void store_half(std::uint16_t* p, F32 v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                      _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
inline F32 load_bfloat16(const std::uint16_t* p) {
  const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}
inline void store_bfloat16(std::uint16_t* p, F32 v) {
  const __m512i bits = _mm512_castps_si512(v);
  const __m512i upper = _mm512_srli_epi32(bits, 16);
  // Below the half of a unit nothing carries; at the half, only an odd number's last bit does.
  const __m512i half =
      _mm512_add_epi32(_mm512_set1_epi32(0x7FFF), _mm512_and_si512(upper, _mm512_set1_epi32(1)));
  const __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(bits, half), 16);
  const __mmask16 is_nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
  const __m512i result = _mm512_mask_or_epi32(rounded, is_nan, upper, _mm512_set1_epi32(0x40));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(result));
}

inline I32 zero_i32() { return _mm512_setzero_si512(); }
inline I32 broadcast(std::int32_t value) { return _mm512_set1_epi32(value); }
inline I32 load_ints(const std::int32_t* p) { return _mm512_loadu_si512(p); }
inline void store_ints(std::int32_t* p, I32 a) { _mm512_storeu_si512(p, a); }
inline I32 add(I32 a, I32 b) { return _mm512_add_epi32(a, b); }
inline I32 mul(I32 a, I32 b) { return _mm512_mullo_epi32(a, b); }
template <int kBits>
inline I32 shift_left(I32 a) {
  return _mm512_slli_epi32(a, kBits);
}
inline F32 to_float(I32 a) { return _mm512_cvtepi32_ps(a); }
inline I32 bits_of(F32 a) { return _mm512_castps_si512(a); }
inline F32 from_bits(I32 a) { return _mm512_castsi512_ps(a); }
inline std::int32_t sum(I32 a) { return _mm512_reduce_add_epi32(a); }
inline I32 load_unsigned_bytes(const std::uint8_t* p) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline I32 load_signed_bytes(const std::int8_t* p) {
  return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline void store_low_bytes(std::int8_t* p, I32 a) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(a));
}

inline Bytes load_bytes(const std::uint8_t* p) { return _mm512_loadu_si512(p); }
/// As `load_bytes`, of bytes that are aligned to 64 and will not be wanted again soon.
inline Bytes load_bytes_once(const std::uint8_t* p) {
  return _mm512_stream_load_si512(const_cast<std::uint8_t*>(p));
}
inline void store_bytes(std::uint8_t* p, Bytes a) { _mm512_storeu_si512(p, a); }
inline Bytes keep_bits(Bytes a, std::uint8_t mask) {
  return _mm512_and_si512(a, _mm512_set1_epi8(static_cast<char>(mask)));
}
/// Shifts 32-bit lanes; bits that cross a byte must be masked off.
template <int kBits>
inline Bytes shift_bytes(Bytes a) {
  if constexpr (kBits >= 0)
    return _mm512_slli_epi32(a, kBits);
  else
    return _mm512_srli_epi32(a, -kBits);
}
/// a | (b & mask)
inline Bytes merge_bits(Bytes a, Bytes b, std::uint8_t mask) {
  return _mm512_ternarylogic_epi32(a, b, _mm512_set1_epi8(static_cast<char>(mask)), 0xF8);
}

/// Adds, in each lane, the products of its 4 unsigned weights (below 64) with 4 signed activations.
inline I32 dot4(I32 sums, Bytes weights, const std::int8_t* activations) {
  std::int32_t four;
  __builtin_memcpy(&four, activations, 4);
  return _mm512_dpbusd_epi32(sums, weights, _mm512_set1_epi32(four));
}
/// The same for weights of a whole byte, which stand 128 too high.
inline I32 dot4_wide(I32 sums, Bytes weights, const std::int8_t* activations) {
  return dot4(sums, weights, activations);
}

/// The sums of four times 16 bytes.
inline void sum_sixteens(const std::int8_t* bytes, std::int32_t* four_sums) {
  const __m512i fours =
      _mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_set1_epi8(1), _mm512_loadu_si512(bytes));
  const __m512i eights = _mm512_add_epi32(fours, _mm512_shuffle_epi32(fours, _MM_PERM_BADC));
  const __m512i sixteens = _mm512_add_epi32(eights, _mm512_shuffle_epi32(eights, _MM_PERM_CDAB));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(four_sums),
                   _mm512_castsi512_si128(_mm512_maskz_compress_epi32(0x1111, sixteens)));
}

}  // namespace nextline::cpu::avx512
