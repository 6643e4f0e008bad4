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

/// Blocks that are quantised together, so that a division serves all of them.
constexpr std::uint32_t kBlocksAtOnce = 16;

/// What 16 blocks are scaled by. A block of zeros, or of numbers too small to divide by, is zero.
struct BlockFactors {
  float scales[kBlocksAtOnce];
  float inverses[kBlocksAtOnce];
  float residual_inverses[kBlocksAtOnce];
};

inline BlockFactors block_factors(const float* x, std::uint32_t block_count) {
  float magnitudes[kBlocksAtOnce] = {};
  for (std::uint32_t block = 0; block < block_count; ++block) {
    const float* values = x + block * kBlockColumns;
    magnitudes[block] = highest(max(abs(load(values)), abs(load(values + 16))));
  }
  constexpr float kTooSmall = 1e-30F;
  const F32 magnitude = load(magnitudes);
  const F32 inverse = zero_below(magnitude, kTooSmall,
                                 div(broadcast(127.0F), max(magnitude, broadcast(kTooSmall))));
  BlockFactors factors;
  store(factors.scales, zero_below(magnitude, kTooSmall, div(magnitude, broadcast(127.0F))));
  store(factors.inverses, inverse);
  store(factors.residual_inverses, div(inverse, broadcast(kResidualStep)));
  return factors;
}

/// A quantised block; `sums` are those of the codes of its two halves.
inline void put_block(QuantizedBlock& block, const std::int8_t* codes, float scale,
                      float scaled_sum, const std::int32_t* sums) {
  __builtin_memcpy(block.codes, codes, kBlockColumns);
  block.scale = scale;
  block.scaled_sum = scaled_sum;
  const auto put = [&](Start start, std::int32_t value) {
    block.starts[static_cast<std::uint32_t>(start)] = value;
  };
  put(Start::kOffset8, -8 * (sums[0] + sums[1]));
  put(Start::kOffset16, -16 * (sums[0] + sums[1]));
  put(Start::kOffset128, -128 * (sums[0] + sums[1]));
  put(Start::kLowerOffset32, -32 * sums[0]);
  put(Start::kUpperOffset32, -32 * sums[1]);
}

/// Quantises up to 16 blocks of a row.
inline void quantize_blocks(const float* x, std::uint32_t block_count, const QuantizedRow& to) {
  const BlockFactors factors = block_factors(x, block_count);
  alignas(64) std::int8_t codes[kBlocksAtOnce * kBlockColumns] = {};
  alignas(64) std::int8_t residuals[kBlocksAtOnce * kBlockColumns] = {};
  for (std::uint32_t block = 0; block < block_count; ++block) {
    for (std::uint32_t i = block * kBlockColumns; i < (block + 1) * kBlockColumns; i += 16) {
      const F32 values = load(x + i);
      const I32 integers = round_to_bytes(values, broadcast(factors.inverses[block]), codes + i);
      if (!to.residual) continue;
      const F32 rest = fma(to_float(integers), broadcast(-factors.scales[block]), values);
      round_to_bytes(rest, broadcast(factors.residual_inverses[block]), residuals + i);
    }
  }
  std::int32_t sums[2 * kBlocksAtOnce];
  std::int32_t residual_sums[2 * kBlocksAtOnce] = {};
  for (std::uint32_t i = 0; i < 2 * block_count; i += 4) {
    sum_sixteens(codes + 16 * i, sums + i);
    if (to.residual) sum_sixteens(residuals + 16 * i, residual_sums + i);
  }
  for (std::uint32_t block = 0; block < block_count; ++block) {
    const std::size_t place = std::size_t{block} * to.stride;
    const float scale = factors.scales[block];
    const std::int32_t* own = sums + 2 * block;
    const auto sum = static_cast<float>(own[0] + own[1]);
    put_block(to.blocks[place], codes + block * kBlockColumns, scale, scale * sum, own);
    if (!to.residual) continue;
    own = residual_sums + 2 * block;
    const auto rest = static_cast<float>(own[0] + own[1]);
    put_block(to.residual[place], residuals + block * kBlockColumns, scale * kResidualStep,
              scale * (sum + rest * kResidualStep), own);
  }
}

void quantize(const float* x, std::uint32_t columns, const QuantizedRow& row) {
  const std::uint32_t block_count = columns / kBlockColumns;
  for (std::uint32_t first = 0; first < block_count; first += kBlocksAtOnce) {
    const std::uint32_t left = block_count - first;
    const std::size_t place = std::size_t{first} * row.stride;
    quantize_blocks(
        x + first * kBlockColumns, left < kBlocksAtOnce ? left : kBlocksAtOnce,
        {row.blocks + place, row.residual ? row.residual + place : nullptr, row.stride});
  }
}
