// Included once per instruction set, inside its namespace and behind its simd.h.

/// How the codes of a type become bytes in registers.
enum class Codes { kFour, kFive, kSix, kEight };
/// What scales them.
enum class Scales { kPlain, kWithMinimum, kSuper, kSixteen };

/// Register i holds columns 4i … 4i+3 of a block for 16 rows.
struct UnpackedBlock {
  Bytes columns[8];
};

template <Codes kCodes>
inline void unpack(const std::uint8_t* codes, const std::uint8_t* bits, UnpackedBlock& block) {
  if constexpr (kCodes == Codes::kEight) {
    for (int i = 0; i < 8; ++i) block.columns[i] = load_bytes(codes + 64 * i);
    return;
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const Bytes both = load_bytes(codes + 64 * i);
    block.columns[i] = keep_bits(both, 0x0F);
    block.columns[4 + i] = keep_bits(shift_bytes<-4>(both), 0x0F);
  }
  if constexpr (kCodes == Codes::kFive) {
    const Bytes fifth = load_bytes(bits);
    block.columns[0] = merge_bits(block.columns[0], shift_bytes<4>(fifth), 0x10);
    block.columns[1] = merge_bits(block.columns[1], shift_bytes<3>(fifth), 0x10);
    block.columns[2] = merge_bits(block.columns[2], shift_bytes<2>(fifth), 0x10);
    block.columns[3] = merge_bits(block.columns[3], shift_bytes<1>(fifth), 0x10);
    block.columns[4] = merge_bits(block.columns[4], fifth, 0x10);
    block.columns[5] = merge_bits(block.columns[5], shift_bytes<-1>(fifth), 0x10);
    block.columns[6] = merge_bits(block.columns[6], shift_bytes<-2>(fifth), 0x10);
    block.columns[7] = merge_bits(block.columns[7], shift_bytes<-3>(fifth), 0x10);
  }
  if constexpr (kCodes == Codes::kSix) {
    for (int half = 0; half < 2; ++half) {
      const Bytes high = load_bytes(bits + 64 * half);
      Bytes* columns = block.columns + 4 * half;
      columns[0] = merge_bits(columns[0], shift_bytes<4>(high), 0x30);
      columns[1] = merge_bits(columns[1], shift_bytes<2>(high), 0x30);
      columns[2] = merge_bits(columns[2], high, 0x30);
      columns[3] = merge_bits(columns[3], shift_bytes<-2>(high), 0x30);
    }
  }
}

template <Codes kCodes>
constexpr std::size_t code_bytes() {
  return kCodes == Codes::kEight ? 512 : 256;
}
template <Codes kCodes>
constexpr std::size_t bit_bytes() {
  return kCodes == Codes::kFive ? 64 : kCodes == Codes::kSix ? 128 : 0;
}

/// What the codes stand too high by, in bits of a shift: 8, 16, 32; 0 where a minimum does it.
template <Codes kCodes, Scales kScales>
constexpr int offset_bits() {
  if (kScales == Scales::kWithMinimum || kScales == Scales::kSuper) return 0;
  return kCodes == Codes::kFour ? 3 : kCodes == Codes::kFive ? 4 : 5;
}

/// The integer that the dot product of `count` 16-column halves starts from: minus the offset of
/// the codes times the sum of the activations.
template <Codes kCodes, Scales kScales>
inline I32 dot_start(std::int32_t negative_sum) {
  if constexpr (kCodes == Codes::kEight) {
    return wide_offset(broadcast(negative_sum));
  } else if constexpr (offset_bits<kCodes, kScales>() == 0) {
    return zero_i32();
  } else {
    return shift_left<offset_bits<kCodes, kScales>()>(broadcast(negative_sum));
  }
}

template <Codes kCodes>
inline I32 dot(I32 sums, const Bytes* columns, int count, const std::int8_t* activations) {
#pragma GCC unroll 8
  for (int i = 0; i < count; ++i) {
    sums = kCodes == Codes::kEight ? dot4_wide(sums, columns[i], activations + 4 * i)
                                   : dot4(sums, columns[i], activations + 4 * i);
  }
  return sums;
}

/// Scales of one block, 16 rows side by side.
struct BlockScales {
  F32 scale;
  F32 minimum;  // kWithMinimum, kSuper: weight = scale · code + minimum
  I32 lower;    // kSixteen: of columns 0 … 15
  I32 upper;    // kSixteen: of columns 16 … 31
};

template <Scales kScales>
inline BlockScales load_scales(const std::uint8_t* scales, const std::uint8_t* supers,
                               std::uint32_t block) {
  BlockScales result{};
  const auto* halves = reinterpret_cast<const std::uint16_t*>(scales);
  const std::uint32_t super = block / (kSuperColumns / kBlockColumns);
  const auto* super_halves = reinterpret_cast<const std::uint16_t*>(supers);
  if constexpr (kScales == Scales::kPlain) {
    result.scale = load_half(halves + 16 * block);
  } else if constexpr (kScales == Scales::kWithMinimum) {
    result.scale = load_half(halves + 32 * block);
    result.minimum = load_half(halves + 32 * block + 16);
  } else if constexpr (kScales == Scales::kSuper) {
    const std::uint8_t* six_bits = scales + 32 * block;
    result.scale =
        mul(load_half(super_halves + 32 * super), to_float(load_unsigned_bytes(six_bits)));
    const F32 minimum = mul(load_half(super_halves + 32 * super + 16),
                            to_float(load_unsigned_bytes(six_bits + 16)));
    result.minimum = sub(zero(), minimum);
  } else {
    const auto* eight_bits = reinterpret_cast<const std::int8_t*>(scales + 32 * block);
    result.scale = load_half(super_halves + 16 * super);
    result.lower = load_signed_bytes(eight_bits);
    result.upper = load_signed_bytes(eight_bits + 16);
  }
  return result;
}

/// The dot products of a block with the codes of one row, as an exact integer: times the block's
/// scale and the row's, the row's share of the sum.
template <Codes kCodes, Scales kScales>
inline I32 dot_block(const UnpackedBlock& weights, const BlockScales& scale, const CodesView& view,
                     std::size_t column) {
  const std::int8_t* x = view.codes + column;
  const std::int32_t* negative = view.negative_sums + column / 16;
  if constexpr (kScales == Scales::kSixteen) {
    const I32 lower = dot<kCodes>(dot_start<kCodes, kScales>(negative[0]), weights.columns, 4, x);
    const I32 upper =
        dot<kCodes>(dot_start<kCodes, kScales>(negative[1]), weights.columns + 4, 4, x + 16);
    return add(mul(scale.lower, lower), mul(scale.upper, upper));
  } else {
    return dot<kCodes>(dot_start<kCodes, kScales>(negative[0] + negative[1]), weights.columns, 8,
                       x);
  }
}

/// One panel times kRows rows of quantised activations; the float sums run over the blocks.
template <Codes kCodes, Scales kScales, bool kHasResidual, int kRows>
inline void multiply_tile(const std::uint8_t* panel, const PackedMatrixView& matrix,
                          const ActivationView& activations, F32 (&sums)[kRows]) {
  const std::uint8_t* codes = panel;
  const std::uint8_t* bits = panel + matrix.bits_offset;
  const std::uint8_t* scales = panel + matrix.scales_offset;
  const std::uint8_t* supers = panel + matrix.supers_offset;
  for (int row = 0; row < kRows; ++row) sums[row] = zero();

  for (std::uint32_t block = 0; block < matrix.columns / kBlockColumns; ++block) {
    UnpackedBlock weights;
    unpack<kCodes>(codes + block * code_bytes<kCodes>(), bits + block * bit_bytes<kCodes>(),
                   weights);
    const BlockScales scale = load_scales<kScales>(scales, supers, block);

#pragma GCC unroll 16
    for (int row = 0; row < kRows; ++row) {
      const std::size_t column = std::size_t{matrix.columns} * row + block * kBlockColumns;
      const float input_scale = activations.scales[column / kBlockColumns];
      const I32 integer = dot_block<kCodes, kScales>(weights, scale, activations.codes, column);
      sums[row] = fma(to_float(integer), mul(scale.scale, broadcast(input_scale)), sums[row]);
      if constexpr (kHasResidual) {
        const I32 residual =
            dot_block<kCodes, kScales>(weights, scale, activations.residual, column);
        const F32 factor = mul(scale.scale, broadcast(input_scale * kResidualStep));
        sums[row] = fma(to_float(residual), factor, sums[row]);
      }
      if constexpr (kScales == Scales::kWithMinimum || kScales == Scales::kSuper) {
        const float input_sum = activations.scaled_sums[column / kBlockColumns];
        sums[row] = fma(scale.minimum, broadcast(input_sum), sums[row]);
      }
    }
  }
}

inline F32 load_weights(const float* p) { return load(p); }
struct Half {
  std::uint16_t bits;
};
struct Bfloat16 {
  std::uint16_t bits;
};
inline F32 load_weights(const Half* p) { return load_half(&p->bits); }
inline F32 load_weights(const Bfloat16* p) { return load_bfloat16(&p->bits); }

/// One panel of float weights times kRows rows of float activations, in ascending columns.
template <typename Weight, int kRows>
inline void multiply_float_tile(const std::uint8_t* panel, const PackedMatrixView& matrix,
                                const ActivationView& activations, F32 (&sums)[kRows]) {
  const auto* weights = reinterpret_cast<const Weight*>(panel);
  for (int row = 0; row < kRows; ++row) sums[row] = zero();
  for (std::uint32_t column = 0; column < matrix.columns; ++column) {
    const F32 weight = load_weights(weights + std::size_t{16} * column);
#pragma GCC unroll 16
    for (int row = 0; row < kRows; ++row) {
      const float x = activations.values[std::size_t{matrix.columns} * row + column];
      sums[row] = fma(weight, broadcast(x), sums[row]);
    }
  }
}

/// Stores 16 outputs of a row, or as many as the matrix has left.
inline void store_outputs(F32 sums, const OutputView& output, std::size_t row, std::uint32_t first,
                          std::uint32_t matrix_rows) {
  float* values = output.values + row * output.stride + first;
  const float* addend =
      output.addend ? output.addend + row * output.addend_stride + first : nullptr;
  if (first + kPanelRows <= matrix_rows) {
    store(values, addend ? add(load(addend), sums) : sums);
    return;
  }
  float lanes[kPanelRows];
  store(lanes, sums);
  for (std::uint32_t lane = 0; first + lane < matrix_rows; ++lane) {
    values[lane] = addend ? addend[lane] + lanes[lane] : lanes[lane];
  }
}

inline ActivationView from_row(ActivationView view, std::size_t row) {
  const std::size_t column = row * view.columns;
  view.values += column;
  view.scales += column / kBlockColumns;
  view.scaled_sums += column / kBlockColumns;
  for (CodesView* codes : {&view.codes, &view.residual}) {
    if (!codes->codes) continue;
    codes->codes += column;
    codes->negative_sums += column / 16;
  }
  return view;
}

/// The panel stays in the first-level cache while tiles of rows pass over it, the largest tiles
/// first. A row's sums are the same in a tile of any size.
template <typename Tile, int kRows, int... kSmaller>
inline void multiply_rows(Tile tile, const std::uint8_t* panel, const PackedMatrixView& matrix,
                          const ActivationView& activations, std::uint32_t row,
                          std::uint32_t row_count, const OutputView& output,
                          std::uint32_t first_output) {
  for (; row + kRows <= row_count; row += kRows) {
    F32 sums[kRows];
    tile(panel, matrix, from_row(activations, row), sums);
    for (int i = 0; i < kRows; ++i)
      store_outputs(sums[i], output, row + i, first_output, matrix.rows);
  }
  if constexpr (sizeof...(kSmaller) > 0) {
    multiply_rows<Tile, kSmaller...>(tile, panel, matrix, activations, row, row_count, output,
                                     first_output);
  }
}

template <typename Tile>
inline void multiply_panels(Tile tile, const PackedMatrixView& matrix, std::uint32_t first_panel,
                            std::uint32_t last_panel, const ActivationView& activations,
                            std::uint32_t row_count, const OutputView& output) {
  for (std::uint32_t panel = first_panel; panel < last_panel; ++panel) {
    multiply_rows<Tile, NEXTLINE_ROW_TILES>(tile, matrix.panels + panel * matrix.panel_bytes,
                                            matrix, activations, 0, row_count, output,
                                            panel * kPanelRows);
  }
}

template <Codes kCodes, Scales kScales, bool kHasResidual>
struct QuantizedTile {
  template <int kRows>
  void operator()(const std::uint8_t* panel, const PackedMatrixView& matrix,
                  const ActivationView& activations, F32 (&sums)[kRows]) const {
    multiply_tile<kCodes, kScales, kHasResidual, kRows>(panel, matrix, activations, sums);
  }
};

template <typename Weight>
struct FloatTile {
  template <int kRows>
  void operator()(const std::uint8_t* panel, const PackedMatrixView& matrix,
                  const ActivationView& activations, F32 (&sums)[kRows]) const {
    multiply_float_tile<Weight, kRows>(panel, matrix, activations, sums);
  }
};

void multiply(const PackedMatrixView& matrix, std::uint32_t first_panel, std::uint32_t last_panel,
              const ActivationView& activations, std::uint32_t row_count,
              const OutputView& output) {
  const auto with = [&](auto tile) {
    multiply_panels(tile, matrix, first_panel, last_panel, activations, row_count, output);
  };
  const auto quantized = [&]<Codes kCodes, Scales kScales>() {
    if (activations.residual.codes) {
      with(QuantizedTile<kCodes, kScales, true>{});
    } else {
      with(QuantizedTile<kCodes, kScales, false>{});
    }
  };
  using gguf::TensorType;
  switch (matrix.type) {
    case TensorType::kF32:
      return with(FloatTile<float>{});
    case TensorType::kF16:
      return with(FloatTile<Half>{});
    case TensorType::kBF16:
      return with(FloatTile<Bfloat16>{});
    case TensorType::kQ4_0:
      return quantized.template operator()<Codes::kFour, Scales::kPlain>();
    case TensorType::kQ4_1:
      return quantized.template operator()<Codes::kFour, Scales::kWithMinimum>();
    case TensorType::kQ5_0:
      return quantized.template operator()<Codes::kFive, Scales::kPlain>();
    case TensorType::kQ5_1:
      return quantized.template operator()<Codes::kFive, Scales::kWithMinimum>();
    case TensorType::kQ8_0:
      return quantized.template operator()<Codes::kEight, Scales::kPlain>();
    case TensorType::kQ4_K:
      return quantized.template operator()<Codes::kFour, Scales::kSuper>();
    case TensorType::kQ5_K:
      return quantized.template operator()<Codes::kFive, Scales::kSuper>();
    case TensorType::kQ6_K:
      return quantized.template operator()<Codes::kSix, Scales::kSixteen>();
  }
}
