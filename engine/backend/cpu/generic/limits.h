// Included once per instruction set, inside its namespace and behind its simd.h.

/// As many rows as the real kernels serve at once: each has a sum in registers, which are enough to
/// hide the latency of the instruction.
constexpr std::uint32_t kLimitRows = kRegisterRows;
constexpr bool kHasManyRegisters = kRegisterRows >= 8;

/// Each register collects bytes of its own, so that no load waits for the one before it.
std::int32_t read_bytes(const std::uint8_t* bytes, std::size_t size) {
  constexpr int kLines = LimitKernels::kReadStep / 64;
  constexpr int kCollectors = kHasManyRegisters ? kLines : kLines / 2;
  Bytes seen[kCollectors];
  for (Bytes& own : seen) own = load_bytes(bytes);
  for (std::size_t at = 0; at < size; at += LimitKernels::kReadStep) {
#pragma GCC unroll 8
    for (int i = 0; i < kLines; ++i) {
      Bytes& own = seen[i % kCollectors];
      own = merge_bits(own, load_bytes_once(bytes + at + 64 * i), 0xFF);
    }
  }
  // `dot4` takes weights below 64, so the bits are summed in two parts.
  constexpr std::int8_t kOnes[4] = {1, 1, 1, 1};
  I32 sums = zero_i32();
  for (const Bytes& own : seen) {
    sums = dot4(sums, keep_bits(own, 0x3F), kOnes);
    sums = dot4(sums, keep_bits(shift_bytes<-6>(own), 0x03), kOnes);
  }
  return sum(sums);
}

/// Columns of a tile; its weights and inputs take 8 KiB each at most.
constexpr std::uint32_t kTileColumns = 512;

/// Numbers without a pattern: what processors do with zeros is no measure.
inline void fill_limit_operands(std::uint8_t* weights, std::uint32_t weight_count,
                                std::int8_t* inputs, std::uint32_t input_count) {
  const auto mixed = [](std::uint32_t index) { return (index * 2654435761U) >> 24U; };
  for (std::uint32_t i = 0; i < weight_count; ++i) {
    weights[i] = static_cast<std::uint8_t>(mixed(i) & 0x3FU);
  }
  for (std::uint32_t i = 0; i < input_count; ++i) {
    inputs[i] = static_cast<std::int8_t>(mixed(i) / 2);
  }
}

/// What a tile unit takes at a time: two registers of rows times two of outputs, so that each that
/// is loaded serves twice, and full registers of 64 columns, which the real kernels, whose blocks
/// are shorter, can't have.
constexpr std::uint32_t kUnitRows = 2 * kTileRows;
constexpr std::uint32_t kUnitOutputs = 2 * kPanelRows;
constexpr std::uint32_t kUnitColumns = 64;

template <typename Unit>
std::int64_t multiply_tiles_in_unit(std::uint32_t count) {
  alignas(64) std::uint8_t weights[kTileColumns / 4][2][kPanelRows * 4];
  alignas(64) std::int8_t inputs[kUnitRows][kTileColumns];
  alignas(64) std::int32_t sums[kSumTiles][kTileRows][kPanelRows];
  fill_limit_operands(weights[0][0], sizeof(weights), inputs[0], sizeof(inputs));

  const TileSession<Unit> session(kUnitColumns);
  std::int64_t total = 0;
  for (std::uint32_t tile = 0; tile < count; ++tile) {
    for_counts<0, kSumTiles>([](auto sum) { Unit::template zero<decltype(sum)::value>(); });
    for (std::uint32_t column = 0; column < kTileColumns; column += kUnitColumns) {
      Unit::template load<kWeightTile>(weights[column / 4][0], sizeof(weights[0]));
      Unit::template load<kWeightTile + 1>(weights[column / 4][1], sizeof(weights[0]));
      Unit::template load<kInputTile>(inputs[0] + column, kTileColumns);
      Unit::template load<kInputTile + 1>(inputs[kTileRows] + column, kTileColumns);
      Unit::template multiply<0, kInputTile, kWeightTile>();
      Unit::template multiply<1, kInputTile, kWeightTile + 1>();
      Unit::template multiply<2, kInputTile + 1, kWeightTile>();
      Unit::template multiply<3, kInputTile + 1, kWeightTile + 1>();
    }
    for_counts<0, kSumTiles>([&](auto count_of_sum) {
      constexpr int kSums = decltype(count_of_sum)::value;
      Unit::template store<kSums>(sums[kSums], kTileStride);
      // No larger than the sums of `multiply_tiles`.
      I32 rows = zero_i32();
      for (const auto& row : sums[kSums]) rows = add(rows, load_ints(row));
      total += sum(rows);
    });
    // The next tile has other inputs, as in `multiply_tiles`.
    inputs[0][tile % kTileColumns] ^= 1;
  }
  return total;
}

std::int64_t multiply_tiles(std::uint32_t count) {
  if constexpr (TileUnit::kExists) return multiply_tiles_in_unit<TileUnit>(count);

  alignas(64) std::uint8_t weights[kPanelRows * kTileColumns];
  alignas(64) std::int8_t inputs[kLimitRows * kTileColumns];
  fill_limit_operands(weights, sizeof(weights), inputs, sizeof(inputs));
  std::int64_t total = 0;
  for (std::uint32_t tile = 0; tile < count; ++tile) {
    I32 sums[kLimitRows];
    for (I32& row : sums) row = zero_i32();
    for (std::uint32_t column = 0; column < kTileColumns; column += 4) {
      const Bytes four_columns = load_bytes(weights + kPanelRows * column);
#pragma GCC unroll 16
      for (std::uint32_t row = 0; row < kLimitRows; ++row) {
        sums[row] = dot4(sums[row], four_columns, inputs + kTileColumns * row + column);
      }
    }
    // 512 products below 2^13 in each of 16 rows stay below 2^26, the sum of all lanes below 2^30.
    for (std::uint32_t row = 1; row < kLimitRows; ++row) sums[0] = add(sums[0], sums[row]);
    total += sum(sums[0]);
    // The next tile has other inputs, or the compiler would compute one only.
    inputs[tile % kTileColumns] ^= 1;
  }
  return total;
}

constexpr std::uint64_t kTileProducts =
    std::uint64_t{TileUnit::kExists ? kUnitRows * kUnitOutputs : kLimitRows * kPanelRows} *
    kTileColumns;

/// Independent sums, which hide the latency of the instruction: a core that starts two fused
/// multiply-adds per cycle, each of four or five cycles, needs ten registers. Where there are few
/// registers, each sum has two.
constexpr std::uint32_t kFloatSums = kHasManyRegisters ? 12 : 6;
/// Steps of a block, a key's dimension each; its floats take 14 KiB at most.
constexpr std::uint32_t kBlockSteps = 128;

float accumulate_blocks(std::uint32_t count) {
  alignas(64) float keys[kBlockSteps * 16];  // [steps × lanes]
  alignas(64) float queries[kFloatSums * kBlockSteps];
  // Between 1/2 and 1, so that no sum becomes so large or small that a processor takes longer.
  const auto mixed = [](std::uint32_t index) {
    return 0.5F + static_cast<float>((index * 2654435761U) >> 16U) / 131072.0F;
  };
  for (std::uint32_t i = 0; i < kBlockSteps * 16; ++i) keys[i] = mixed(i);
  for (std::uint32_t i = 0; i < kFloatSums * kBlockSteps; ++i) queries[i] = mixed(i);

  F32 sums[kFloatSums];
  for (F32& own : sums) own = zero();
  for (std::uint32_t block = 0; block < count; ++block) {
    for (std::uint32_t step = 0; step < kBlockSteps; ++step) {
      const F32 key = load(keys + std::size_t{16} * step);
#pragma GCC unroll 12
      for (std::uint32_t i = 0; i < kFloatSums; ++i) {
        sums[i] = fma(broadcast(queries[i * kBlockSteps + step]), key, sums[i]);
      }
    }
    // As above: the next block has other factors.
    float& changed = queries[block % kBlockSteps];
    changed = 1.5F - changed;
  }
  float total = 0;
  for (const F32& own : sums) total += sum(own);
  return total;
}

constexpr std::uint64_t kBlockProducts = std::uint64_t{kFloatSums} * 16 * kBlockSteps;
