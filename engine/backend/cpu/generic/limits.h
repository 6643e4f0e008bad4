// Included once per instruction set, inside its namespace and behind its simd.h.

/// Four streams of 64 bytes each, so that no load waits for the one before it.
std::int32_t read_bytes(const std::uint8_t* bytes, std::size_t size) {
  constexpr int kStreams = LimitKernels::kReadStep / 64;
  Bytes seen[kStreams];
  for (Bytes& stream : seen) stream = load_bytes(bytes);
  for (std::size_t at = 0; at < size; at += LimitKernels::kReadStep) {
#pragma GCC unroll 4
    for (int i = 0; i < kStreams; ++i) {
      seen[i] = merge_bits(seen[i], load_bytes(bytes + at + 64 * i), 0xFF);
    }
  }
  // `dot4` takes weights below 64, so the bits are summed in two parts.
  constexpr std::int8_t kOnes[4] = {1, 1, 1, 1};
  I32 sums = zero_i32();
  for (const Bytes& stream : seen) {
    sums = dot4(sums, keep_bits(stream, 0x3F), kOnes);
    sums = dot4(sums, keep_bits(shift_bytes<-6>(stream), 0x03), kOnes);
  }
  return sum(sums);
}

/// As many rows as the real kernels serve at once: each has a sum in registers, which are enough to
/// hide the latency of the instruction.
constexpr std::uint32_t kLimitRows = kRegisterRows;
/// Columns of a tile; its weights and inputs take 8 KiB each at most.
constexpr std::uint32_t kTileColumns = 512;

std::int64_t multiply_tiles(std::uint32_t count) {
  alignas(64) std::uint8_t weights[kPanelRows * kTileColumns];
  alignas(64) std::int8_t inputs[kLimitRows * kTileColumns];
  // Numbers without a pattern: what processors do with zeros is no measure.
  const auto mixed = [](int index) {
    return (static_cast<std::uint32_t>(index) * 2654435761U) >> 24U;
  };
  for (std::uint32_t i = 0; i < kPanelRows * kTileColumns; ++i) {
    weights[i] = static_cast<std::uint8_t>(mixed(i) & 0x3FU);
  }
  for (std::uint32_t i = 0; i < kLimitRows * kTileColumns; ++i) {
    inputs[i] = static_cast<std::int8_t>(mixed(i) / 2);
  }

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

constexpr std::uint64_t kTileProducts = std::uint64_t{kLimitRows} * kPanelRows * kTileColumns;
