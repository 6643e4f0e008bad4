// Included once per instruction set, inside its namespace and behind its simd.h.

/// Adding this number rounds a float of magnitude below 2²² to the nearest integer, ties to even,
/// and leaves that integer in the low bits.
constexpr float kRoundingMagic = 12582912.0F;  // 1.5 · 2²³
constexpr std::int32_t kRoundingMagicBits = 0x4B400000;

/// exp(x) for x ≤ 88, to about 2 units in the last place; 0 below −87. exp(0) is exactly 1.
/// x = n·ln 2 + r with |r| ≤ ½·ln 2; a polynomial (minimax, as in Cephes' expf) gives exp(r).
inline F32 exponential(F32 x) {
  const F32 clamped = max(min(x, broadcast(88.0F)), broadcast(-88.0F));
  const F32 shifted = fma(clamped, broadcast(1.44269504F), broadcast(kRoundingMagic));
  const F32 n = sub(shifted, broadcast(kRoundingMagic));
  F32 r = fma(n, broadcast(-0.693359375F), clamped);
  r = fma(n, broadcast(2.12194440e-4F), r);
  F32 p = broadcast(1.9875691500e-4F);
  p = fma(p, r, broadcast(1.3981999507e-3F));
  p = fma(p, r, broadcast(8.3334519073e-3F));
  p = fma(p, r, broadcast(4.1665795894e-2F));
  p = fma(p, r, broadcast(1.6666665459e-1F));
  p = fma(p, r, broadcast(5.0000001201e-1F));
  p = add(fma(p, mul(r, r), r), broadcast(1.0F));
  // 2ⁿ: n stands in the low bits of `shifted`.
  const F32 power = from_bits(add(shift_left<23>(bits_of(shifted)), broadcast(0x3F800000)));
  return zero_below(x, -87.0F, mul(p, power));
}

inline std::uint32_t whole_lanes(std::uint32_t length) { return length / 16 * 16; }

/// The last, partial vector of an array, with zeros behind it.
inline F32 load_tail(const float* p, std::uint32_t count) {
  float lanes[16] = {};
  for (std::uint32_t i = 0; i < count; ++i) lanes[i] = p[i];
  return load(lanes);
}
inline void store_tail(float* p, std::uint32_t count, F32 v) {
  float lanes[16];
  store(lanes, v);
  for (std::uint32_t i = 0; i < count; ++i) p[i] = lanes[i];
}

void rms_norm(const float* x, const float* weight, std::uint32_t length, float epsilon, float* y) {
  const std::uint32_t whole = whole_lanes(length);
  F32 squares = zero();
  for (std::uint32_t i = 0; i < whole; i += 16) squares = fma(load(x + i), load(x + i), squares);
  if (whole < length) {
    const F32 tail = load_tail(x + whole, length - whole);
    squares = fma(tail, tail, squares);
  }
  const float mean = sum(squares) / static_cast<float>(length);
  const F32 scale = broadcast(1.0F / __builtin_sqrtf(mean + epsilon));
  for (std::uint32_t i = 0; i < whole; i += 16) {
    store(y + i, mul(mul(load(x + i), scale), load(weight + i)));
  }
  if (whole < length) {
    const std::uint32_t rest = length - whole;
    const F32 tail = mul(mul(load_tail(x + whole, rest), scale), load_tail(weight + whole, rest));
    store_tail(y + whole, rest, tail);
  }
}

inline F32 swiglu(F32 gate, F32 up) {
  const F32 denominator = add(broadcast(1.0F), exponential(sub(zero(), gate)));
  return mul(div(gate, denominator), up);
}

void swiglu(const float* gate, const float* up, std::uint32_t length, float* y) {
  const std::uint32_t whole = whole_lanes(length);
  for (std::uint32_t i = 0; i < whole; i += 16) {
    store(y + i, swiglu(load(gate + i), load(up + i)));
  }
  if (whole < length) {
    const std::uint32_t rest = length - whole;
    store_tail(y + whole, rest, swiglu(load_tail(gate + whole, rest), load_tail(up + whole, rest)));
  }
}

/// 16 values to signed bytes: the nearest integers to x · inverse.
inline I32 round_to_bytes(F32 x, F32 inverse, std::int8_t* codes) {
  const F32 shifted = fma(x, inverse, broadcast(kRoundingMagic));
  const I32 integers = add(bits_of(shifted), broadcast(-kRoundingMagicBits));
  store_low_bytes(codes, integers);
  return integers;
}

/// Quantises half a block, from `column` on.
struct HalfSums {
  std::int32_t codes;
  std::int32_t residual;
};
inline HalfSums quantize_half(const float* x, std::uint32_t column, float scale, float inverse,
                              const QuantizedRow& row) {
  const F32 values = load(x + column);
  const I32 codes = round_to_bytes(values, broadcast(inverse), row.codes.codes + column);
  HalfSums sums{sum(codes), 0};
  row.codes.negative_sums[column / 16] = -sums.codes;
  if (row.residual.codes) {
    const F32 rest = fma(to_float(codes), broadcast(-scale), values);
    sums.residual =
        sum(round_to_bytes(rest, broadcast(inverse / kResidualStep), row.residual.codes + column));
    row.residual.negative_sums[column / 16] = -sums.residual;
  }
  return sums;
}

void quantize(const float* x, std::uint32_t columns, const QuantizedRow& row) {
  for (std::uint32_t block = 0; block < columns / kBlockColumns; ++block) {
    const std::uint32_t first = block * kBlockColumns;
    const float magnitude = highest(max(abs(load(x + first)), abs(load(x + first + 16))));
    // A block of zeros, or of numbers too small to divide by, is zero.
    const float scale = magnitude > 1e-30F ? magnitude / 127.0F : 0.0F;
    const float inverse = magnitude > 1e-30F ? 127.0F / magnitude : 0.0F;
    const HalfSums lower = quantize_half(x, first, scale, inverse, row);
    const HalfSums upper = quantize_half(x, first + 16, scale, inverse, row);
    const auto codes = static_cast<float>(lower.codes + upper.codes);
    row.scales[block] = scale;
    row.codes.scaled_sums[block] = scale * codes;
    if (row.residual.codes) {
      const auto residual = static_cast<float>(lower.residual + upper.residual);
      row.residual.scaled_sums[block] = scale * (codes + residual * kResidualStep);
    }
  }
}
