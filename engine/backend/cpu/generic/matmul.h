// Included once per instruction set, inside its namespace and behind its simd.h.

/// Adds the products of four columns each, [first, last) of a block's registers, for some rows at a
/// time: each row's sums wait for one another, those of different rows do not.
template <bool kIsWide, int kRows>
NEXTLINE_INNER void dot(const UnpackedBlock& weights, int first, int last,
                        const QuantizedBlock* const (&rows)[kRows], I32 (&sums)[kRows]) {
#pragma GCC unroll 8
  for (int i = first; i < last; ++i) {
#pragma GCC unroll 4
    for (int row = 0; row < kRows; ++row) {
      const std::int8_t* codes = rows[row]->codes + 4 * i;
      sums[row] = kIsWide ? dot4_wide(sums[row], weights.columns[i], codes)
                          : dot4(sums[row], weights.columns[i], codes);
    }
  }
}

/// The dot products of a block with the codes of some rows, as exact integers: times the block's
/// scale and the row's, the row's share of the sum.
template <int kRows, typename Panel>
NEXTLINE_INNER void dot_block(const Panel& panel, const UnpackedBlock& weights,
                              const BlockScales& scale, const QuantizedBlock* const (&rows)[kRows],
                              I32 (&integers)[kRows]) {
  I32 upper[kRows];
  for (int row = 0; row < kRows; ++row) {
    constexpr bool kHasStart = !has_minimum(Panel::kScales) && (!Panel::kIsWide || kWideHasOffset);
    if constexpr (Panel::kScales == Scales::kSixteen) {
      integers[row] = broadcast(rows[row]->start(Start::kLowerOffset32));
      upper[row] = broadcast(rows[row]->start(Start::kUpperOffset32));
    } else {
      integers[row] = kHasStart ? broadcast(rows[row]->start(panel.start())) : zero_i32();
      upper[row] = zero_i32();
    }
  }
  if constexpr (Panel::kScales == Scales::kSixteen) {
    dot<false>(weights, 0, 4, rows, integers);
    dot<false>(weights, 4, 8, rows, upper);
    for (int row = 0; row < kRows; ++row) {
      integers[row] = add(mul(scale.lower, integers[row]), mul(scale.upper, upper[row]));
    }
  } else if constexpr (kRows == 1) {
    // Two sums, so that a row that is alone waits half as long.
    dot<Panel::kIsWide>(weights, 0, 4, rows, integers);
    dot<Panel::kIsWide>(weights, 4, 8, rows, upper);
    integers[0] = add(integers[0], upper[0]);
  } else {
    dot<Panel::kIsWide>(weights, 0, 8, rows, integers);
  }
}

/// Rows whose integers are summed side by side: as many as hide the latency of the instruction.
template <Scales kScales, int kRows>
constexpr int rows_together() {
  constexpr int kMost = kScales == Scales::kSixteen ? kRowsTogether / 2 : kRowsTogether;
  for (int rows = kMost; rows > 1; --rows) {
    if (kRows % rows == 0 && kRows > 2) return rows;
  }
  return 1;
}

/// Adds an exact integer product, scaled, to a row's sum.
NEXTLINE_INNER F32 add_product(F32 sum, I32 integer, const BlockScales& scale,
                               const QuantizedBlock& row) {
  return fma(to_float(integer), mul(scale.scale, broadcast(row.scale)), sum);
}

/// The blocks of a tile of rows.
struct TileView {
  const QuantizedBlock* blocks;
  const QuantizedBlock* residual_blocks;
};

/// One panel times rows [first_row, first_row + kRows) of a tile for kCapacity rows; the float sums
/// run over the blocks.
template <bool kHasResidual, int kCapacity, typename Panel, int kRows>
NEXTLINE_INNER void multiply_tile(const Panel& panel, std::uint32_t block_count,
                                  const TileView& tile, int first_row, F32 (&sums)[kRows]) {
  constexpr int kTogether = rows_together<Panel::kScales, kRows>();
  for (int row = 0; row < kRows; ++row) sums[row] = zero();

  for (std::uint32_t block = 0; block < block_count; ++block) {
    UnpackedBlock weights;
    BlockScales scale;
    panel.template get<kCapacity>(block, weights, scale);
    const QuantizedBlock* inputs = tile.blocks + std::size_t{block} * kCapacity + first_row;
    [[maybe_unused]] const QuantizedBlock* residuals =
        kHasResidual ? tile.residual_blocks + std::size_t{block} * kCapacity + first_row : nullptr;

#pragma GCC unroll 16
    for (int first = 0; first < kRows; first += kTogether) {
      const QuantizedBlock* rows[kTogether];
      I32 integers[kTogether];
      for (int i = 0; i < kTogether; ++i) rows[i] = inputs + first + i;
      dot_block(panel, weights, scale, rows, integers);
      for (int i = 0; i < kTogether; ++i) {
        sums[first + i] = add_product(sums[first + i], integers[i], scale, *rows[i]);
      }
      if constexpr (kHasResidual) {
        // The scale of a residual is its row's, times the residual step.
        for (int i = 0; i < kTogether; ++i) rows[i] = residuals + first + i;
        dot_block(panel, weights, scale, rows, integers);
        for (int i = 0; i < kTogether; ++i) {
          sums[first + i] = add_product(sums[first + i], integers[i], scale, *rows[i]);
        }
      }
      if constexpr (has_minimum(Panel::kScales)) {
        for (int i = 0; i < kTogether; ++i) {
          sums[first + i] = fma(scale.minimum, broadcast(rows[i]->scaled_sum), sums[first + i]);
        }
      }
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

/// Where the outputs of a tile's rows go.
struct TileOutput {
  const OutputView& output;
  std::uint32_t first_row;
  std::uint32_t row_count;  // Rows of the tile that are used.
  std::uint32_t first_column;
  std::uint32_t matrix_rows;
};

/// All rows of a tile, as many at a time as the registers hold.
template <bool kHasResidual, int kCapacity, typename Panel>
inline void multiply_whole_tile(const Panel& panel, std::uint32_t block_count, const TileView& tile,
                                const TileOutput& to) {
  constexpr int kRows = kCapacity < kRegisterRows ? kCapacity : kRegisterRows;
  static_assert(kCapacity % kRows == 0 || kRows % 2 == 0);
  const auto multiply_rows = [&](auto count, int first) {
    constexpr int kCount = decltype(count)::value;
    F32 sums[kCount];
    multiply_tile<kHasResidual, kCapacity>(panel, block_count, tile, first, sums);
    // Unrolled, so that the sums need not lie in memory.
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) {
      const auto row = static_cast<std::uint32_t>(first + i);
      if (row < to.row_count) {
        store_outputs(sums[i], to.output, to.first_row + row, to.first_column, to.matrix_rows);
      }
    }
  };
  int first = 0;
  for (; first + kRows <= kCapacity; first += kRows) multiply_rows(Count<kRows>{}, first);
  if constexpr (kCapacity % kRows != 0) multiply_rows(Count<kCapacity % kRows>{}, first);
}

#include "engine/backend/cpu/generic/tile_product.h"

/// Calls `multiply(capacity)`, the tile's capacity, kMax at the most, being a type.
template <std::uint32_t kMax, typename Multiply>
inline void with_capacity(std::uint32_t capacity, Multiply multiply) {
  const auto if_it_is = [&](auto candidate) {
    if constexpr (candidate.value <= kMax) {
      if (capacity == candidate.value) multiply(candidate);
    }
  };
  if_it_is(Count<1>{});
  if_it_is(Count<2>{});
  if_it_is(Count<4>{});
  if_it_is(Count<6>{});
  if_it_is(Count<8>{});
  if_it_is(Count<12>{});
  if_it_is(Count<16>{});
}

/// Panels of one matrix times quantised activations.
template <TensorType kType, bool kHasResidual>
class QuantizedProduct {
 public:
  QuantizedProduct(const PackedMatrixView& matrix, const ActivationView& activations,
                   const OutputView& output)
      : matrix_(matrix),
        activations_(activations),
        output_(output),
        block_count_(matrix.columns / kBlockColumns) {}

  /// Few rows, one tile: the matrix is read once and unpacked on the way.
  void multiply_once(std::uint32_t first_panel, std::uint32_t last_panel) const {
    with_capacity<kRegisterRows>(tile_capacity(activations_.rows), [&](auto capacity) {
      for (std::uint32_t panel = first_panel; panel < last_panel; ++panel) {
        multiply_whole_tile<kHasResidual, decltype(capacity)::value>(
            Packed(panel_at(panel)), block_count_, tile_at(0), output_at(0, panel));
      }
    });
  }

  /// Many rows: some panels are prepared, and each tile of rows passes over them while they and it
  /// stay in the second-level cache.
  void multiply_prepared(std::uint32_t first_panel, std::uint32_t last_panel,
                         const MultiplyScratch& scratch) const {
    // Types with the same kind of scales share their kernels.
    using Panel =
        PreparedPanel<has_minimum(Packed::kScales) ? Scales::kWithMinimum : Packed::kScales,
                      Packed::kIsWide>;
    const TileSession<TileUnit> session(product_columns(Packed::kScales));
    auto* blocks = reinterpret_cast<PreparedBlock*>(scratch.memory);
    const auto at_once = static_cast<std::uint32_t>(scratch.size / prepared_bytes(matrix_.columns));
    for (std::uint32_t first = first_panel; first < last_panel; first += at_once) {
      const std::uint32_t count = last_panel - first < at_once ? last_panel - first : at_once;
      for (std::uint32_t i = 0; i < count; ++i) {
        prepare<kType>(panel_at(first + i), block_count_, blocks + std::size_t{i} * block_count_);
      }
      for (std::uint32_t row = 0; row < activations_.rows; row += kTileRows) {
        with_capacity<kTileRows>(tile_capacity(rows_of_tile(row)), [&](auto capacity) {
          constexpr int kCapacity = decltype(capacity)::value;
          for (std::uint32_t i = 0; i < count; ++i) {
            const Panel panel(blocks + std::size_t{i} * block_count_, Packed::start());
            if constexpr (TileUnit::kExists && kCapacity == kTileRows) {
              multiply_in_tiles<TileUnit, kHasResidual>(panel, block_count_, tile_at(row),
                                                        output_at(row, first + i));
            } else {
              multiply_whole_tile<kHasResidual, kCapacity>(panel, block_count_, tile_at(row),
                                                           output_at(row, first + i));
            }
          }
        });
      }
    }
  }

 private:
  using Packed = PackedPanel<kType>;

  const std::uint8_t* panel_at(std::uint32_t panel) const {
    return matrix_.panels + panel * matrix_.panel_bytes;
  }
  std::uint32_t rows_of_tile(std::uint32_t first_row) const {
    const std::uint32_t rest = activations_.rows - first_row;
    return rest < kTileRows ? rest : kTileRows;
  }
  TileView tile_at(std::uint32_t first_row) const {
    const std::size_t offset = tiles_size(first_row, matrix_.columns);
    return {activations_.tiles + offset, kHasResidual ? activations_.residual + offset : nullptr};
  }
  TileOutput output_at(std::uint32_t first_row, std::uint32_t panel) const {
    return {output_, first_row, rows_of_tile(first_row), panel * kPanelRows, matrix_.rows};
  }

  const PackedMatrixView& matrix_;
  const ActivationView& activations_;
  const OutputView& output_;
  std::uint32_t block_count_;
};

/// Rows [first, …) of float activations, kRows at a time, times one panel of float weights, in
/// ascending columns; gives the first row that is left.
template <typename Weight, int kRows>
inline std::uint32_t multiply_float_rows(const Weight* panel, const ActivationView& activations,
                                         std::uint32_t first, const TileOutput& to) {
  const std::uint32_t columns = activations.columns;
  for (; first + kRows <= activations.rows; first += kRows) {
    const float* inputs = activations.values + std::size_t{columns} * first;
    F32 sums[kRows];
    for (F32& sum : sums) sum = zero();
    for (std::uint32_t column = 0; column < columns; ++column) {
      const F32 weight = load_numbers(panel + std::size_t{16} * column);
#pragma GCC unroll 16
      for (int row = 0; row < kRows; ++row) {
        sums[row] = fma(weight, broadcast(inputs[std::size_t{columns} * row + column]), sums[row]);
      }
    }
    for (std::uint32_t row = 0; row < kRows; ++row) {
      store_outputs(sums[row], to.output, first + row, to.first_column, to.matrix_rows);
    }
  }
  return first;
}

/// The panel stays in the first-level cache while rows pass over it.
template <typename Weight>
inline void multiply_floats(const PackedMatrixView& matrix, std::uint32_t first_panel,
                            std::uint32_t last_panel, const ActivationView& activations,
                            const OutputView& output) {
  for (std::uint32_t panel = first_panel; panel < last_panel; ++panel) {
    const auto* weights =
        reinterpret_cast<const Weight*>(matrix.panels + panel * matrix.panel_bytes);
    const TileOutput to{output, 0, activations.rows, panel * kPanelRows, matrix.rows};
    std::uint32_t row = 0;
    row = multiply_float_rows<Weight, kRegisterRows>(weights, activations, row, to);
    row = multiply_float_rows<Weight, 4>(weights, activations, row, to);
    multiply_float_rows<Weight, 1>(weights, activations, row, to);
  }
}

/// Up to so many rows are multiplied while the matrix is read. With so few, reading it takes longer
/// than the products do, and preparing it would only add to that; so a tile unit does not serve
/// them. They must fit the registers.
constexpr std::uint32_t kRowsAtOnce = kRegisterRows;

template <TensorType kType>
inline void multiply_quantized(const PackedMatrixView& matrix, std::uint32_t first_panel,
                               std::uint32_t last_panel, const ActivationView& activations,
                               const OutputView& output, const MultiplyScratch& scratch) {
  const auto with = [&](auto product) {
    if (activations.rows <= kRowsAtOnce) {
      product.multiply_once(first_panel, last_panel);
    } else {
      product.multiply_prepared(first_panel, last_panel, scratch);
    }
  };
  if (activations.residual) {
    with(QuantizedProduct<kType, true>(matrix, activations, output));
  } else {
    with(QuantizedProduct<kType, false>(matrix, activations, output));
  }
}

void multiply(const PackedMatrixView& matrix, std::uint32_t first_panel, std::uint32_t last_panel,
              const ActivationView& activations, const OutputView& output,
              const MultiplyScratch& scratch) {
  const auto quantized = [&]<TensorType kType>() {
    multiply_quantized<kType>(matrix, first_panel, last_panel, activations, output, scratch);
  };
  switch (matrix.type) {
    case TensorType::kF32:
      return multiply_floats<float>(matrix, first_panel, last_panel, activations, output);
    case TensorType::kF16:
      return multiply_floats<Half>(matrix, first_panel, last_panel, activations, output);
    case TensorType::kBF16:
      return multiply_floats<Bfloat16>(matrix, first_panel, last_panel, activations, output);
    case TensorType::kQ4_0:
      return quantized.template operator()<TensorType::kQ4_0>();
    case TensorType::kQ4_1:
      return quantized.template operator()<TensorType::kQ4_1>();
    case TensorType::kQ5_0:
      return quantized.template operator()<TensorType::kQ5_0>();
    case TensorType::kQ5_1:
      return quantized.template operator()<TensorType::kQ5_1>();
    case TensorType::kQ8_0:
      return quantized.template operator()<TensorType::kQ8_0>();
    case TensorType::kQ4_K:
      return quantized.template operator()<TensorType::kQ4_K>();
    case TensorType::kQ5_K:
      return quantized.template operator()<TensorType::kQ5_K>();
    case TensorType::kQ6_K:
      return quantized.template operator()<TensorType::kQ6_K>();
  }
}
