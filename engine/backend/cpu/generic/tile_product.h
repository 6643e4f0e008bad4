// Included by matmul.h.
//
// Products of 16 rows with 16 outputs in the registers of a tile unit (Intel AMX), for instruction
// sets that have one. `TileUnit` is the unit: one static function per instruction, as the manual
// (Intel SDM, volume 2) defines them.
//
//   configure(c)           LDTILECFG: how many rows of how many bytes each register has
//   release()              TILERELEASE
//   load<t>(p, stride)     TILELOADD: register t = rows of bytes that begin `stride` apart
//   zero<t>()              TILEZERO
//   multiply<c, a, b>()    TDPBSUD: adds to each 32-bit number of register c the products of a row
//                          of a, signed bytes, with a column of b, unsigned bytes, four of which
//                          lie side by side, as in a prepared block
//   store<t>(p, stride)    TILESTORED
//
// What bounds it: the unit takes 16 cycles for 16 rows, whatever the columns. The vectors of a
// block then take four operations a row on two ports, 32 cycles where AVX-512 alone needs 90: with
// a minimum, conversion, product of the scales and two fused steps; without one, an addition in
// place of the second step. Loading the registers and storing the sums take some 12 and 16 cycles
// on other ports. So everything hides behind the vectors where the stages overlap, and sharing a
// register of inputs among several panels would gain nothing but need twice the sums.

/// As NEXTLINE_INNER.
#define NEXTLINE_INNER_LAMBDA __attribute__((always_inline))

/// What LDTILECFG reads.
struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};
};
static_assert(sizeof(TileConfiguration) == 64);

/// What the registers are for. Neighbouring products use different ones, so that none waits for
/// another.
constexpr int kSumTiles = 4;     // From register 0 on: 16 rows of 16 sums.
constexpr int kInputTile = 4;    // And 5: 16 rows of signed bytes.
constexpr int kWeightTile = 6;   // And 7: four columns a row, of 16 outputs.
constexpr int kTileStride = 64;  // Bytes, of weights and sums in memory.

/// Columns of a product: those that share a scale.
constexpr std::uint32_t product_columns(Scales scales) {
  return scales == Scales::kSixteen ? kBlockColumns / 2 : kBlockColumns;
}

/// Keeps the unit ready, on the thread that made it, for products of so many columns. Nothing where
/// there is no unit.
template <typename Unit>
class TileSession {
 public:
  explicit TileSession([[maybe_unused]] std::uint32_t columns) {
    if constexpr (Unit::kExists) {
      TileConfiguration configuration;
      for (int tile = 0; tile < kWeightTile + 2; ++tile) {
        const bool has_weights = tile >= kWeightTile;
        const bool has_inputs = tile >= kInputTile && !has_weights;
        configuration.row_bytes[tile] = static_cast<std::uint16_t>(has_inputs ? columns : 64);
        configuration.rows[tile] = static_cast<std::uint8_t>(has_weights ? columns / 4 : kTileRows);
      }
      Unit::configure(&configuration);
    }
  }
  ~TileSession() {
    if constexpr (Unit::kExists) Unit::release();
  }
  TileSession(const TileSession&) = delete;
  TileSession& operator=(const TileSession&) = delete;
};

/// One panel times a tile of 16 rows, in three stages that a block passes one after the other: the
/// unit multiplies, the sums are stored, vectors scale and add them. The three work on three blocks
/// at the same time. kStep, the block's number modulo kSumTiles, chooses registers and memory.
template <typename Unit, bool kHasResidual, typename Panel>
class TileProduct {
 public:
  TileProduct(const Panel& panel, const TileView& tile) : panel_(panel), tile_(tile) {}

  template <int kStep>
  NEXTLINE_INNER void multiply(std::uint32_t block) const {
    for_counts<0, kProducts>([&](auto count) NEXTLINE_INNER_LAMBDA {
      constexpr int kProduct = decltype(count)::value;
      constexpr int kPart = kProduct / kBytes;
      constexpr int kWeights = kWeightTile + (kStep * kParts + kPart) % 2;
      constexpr int kInputs = kInputTile + (kStep * kProducts + kProduct) % 2;
      constexpr int kSums = (kStep * kProducts + kProduct) % kSumTiles;
      // The bytes of a value take turns with the same weights.
      if constexpr (kProduct % kBytes == 0) {
        Unit::template load<kWeights>(panel_.columns(block, 4 * kPart), kTileStride);
      }
      Unit::template load<kInputs>(
          inputs(block, kProduct % kBytes == 1)->codes + kBlockColumns / 2 * kPart,
          sizeof(QuantizedBlock));
      Unit::template zero<kSums>();
      Unit::template multiply<kSums, kInputs, kWeights>();
    });
  }

  template <int kStep>
  NEXTLINE_INNER void store_sums() {
    for_counts<0, kProducts>([&](auto count) NEXTLINE_INNER_LAMBDA {
      constexpr int kProduct = decltype(count)::value;
      Unit::template store<(kStep * kProducts + kProduct) % kSumTiles>(
          integers_[kStep % 2][kProduct], kTileStride);
    });
  }

  /// The steps of `multiply_tile`, and their order, to the last bit.
  template <int kStep>
  NEXTLINE_INNER void add_to(F32 (&sums)[kTileRows], std::uint32_t block) const {
    BlockScales scale;
    panel_.get_scales(block, scale);
    for_counts<0, kTileRows>([&](auto count) NEXTLINE_INNER_LAMBDA {
      constexpr int kRow = decltype(count)::value;
      F32 sum = sums[kRow];
      const QuantizedBlock& row = inputs(block, false)[kRow];
      sum = add_product(sum, integer<kStep, 0>(scale, row, kRow), scale, row);
      if constexpr (kHasResidual) {
        const QuantizedBlock& residual = inputs(block, true)[kRow];
        sum = add_product(sum, integer<kStep, 1>(scale, residual, kRow), scale, residual);
        if constexpr (has_minimum(Panel::kScales)) {
          sum = fma(scale.minimum, broadcast(residual.scaled_sum), sum);
        }
      } else if constexpr (has_minimum(Panel::kScales)) {
        sum = fma(scale.minimum, broadcast(row.scaled_sum), sum);
      }
      sums[kRow] = sum;
    });
  }

 private:
  static constexpr int kBytes = kHasResidual ? 2 : 1;  // Of a value.
  static constexpr int kParts = Panel::kScales == Scales::kSixteen ? 2 : 1;
  static constexpr int kProducts = kParts * kBytes;  // Of a block.
  static_assert(kProducts <= kSumTiles);

  NEXTLINE_INNER const QuantizedBlock* inputs(std::uint32_t block, bool are_residual) const {
    return (are_residual ? tile_.residual_blocks : tile_.blocks) + std::size_t{block} * kTileRows;
  }

  /// What `dot_block` gives.
  template <int kStep, int kByte>
  NEXTLINE_INNER I32 integer([[maybe_unused]] const BlockScales& scale, const QuantizedBlock& row,
                             int i) const {
    const I32 lower = load_ints(integers_[kStep % 2][kByte][i]);
    if constexpr (Panel::kScales == Scales::kSixteen) {
      const I32 upper = load_ints(integers_[kStep % 2][kBytes + kByte][i]);
      return add(mul(scale.lower, add(lower, broadcast(row.start(Start::kLowerOffset32)))),
                 mul(scale.upper, add(upper, broadcast(row.start(Start::kUpperOffset32)))));
    } else if constexpr (has_minimum(Panel::kScales)) {
      return lower;
    } else {
      return add(lower, broadcast(row.start(panel_.start())));
    }
  }

  const Panel& panel_;
  const TileView& tile_;
  // Of two blocks: while one's are added, the next one's are stored.
  alignas(64) std::int32_t integers_[2][kProducts][kTileRows][kPanelRows];
};

/// All 16 rows of a tile.
template <typename Unit, bool kHasResidual, typename Panel>
void multiply_in_tiles(const Panel& panel, std::uint32_t block_count, const TileView& tile,
                       const TileOutput& to) {
  // Only ever indexed by constants, or the compiler would not keep it in registers.
  F32 sums[kTileRows];
  for_counts<0, kTileRows>([&](auto row)
                               NEXTLINE_INNER_LAMBDA { sums[decltype(row)::value] = zero(); });
  TileProduct<Unit, kHasResidual, Panel> product(panel, tile);
  for (std::uint32_t first = 0; first < block_count + 2; first += kSumTiles) {
    for_counts<0, kSumTiles>([&](auto count) NEXTLINE_INNER_LAMBDA {
      constexpr int kStep = decltype(count)::value;
      // Before the first block, differences wrap around to numbers that are no block's.
      const std::uint32_t block = first + kStep;
      if (block - 1 < block_count) product.template store_sums<(kStep + 3) % kSumTiles>();
      if (block < block_count) product.template multiply<kStep>(block);
      if (block - 2 < block_count) {
        product.template add_to<(kStep + 2) % kSumTiles>(sums, block - 2);
      }
    });
  }
  F32 outputs[kTileRows];
  for_counts<0, kTileRows>([&](auto row) NEXTLINE_INNER_LAMBDA {
    outputs[decltype(row)::value] = sums[decltype(row)::value];
  });
  for (std::uint32_t row = 0; row < to.row_count; ++row) {
    store_outputs(outputs[row], to.output, to.first_row + row, to.first_column, to.matrix_rows);
  }
}
