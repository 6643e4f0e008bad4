// Included once per instruction set, inside its namespace and behind its simd.h.

using gguf::TensorType;

/// The innermost functions keep vectors in registers only where they are part of their callers.
#define NEXTLINE_INNER [[gnu::always_inline]] inline

/// Register i holds columns 4i … 4i+3 of a block for 16 rows.
struct UnpackedBlock {
  Bytes columns[8];
};

/// Weights are loaded past the outer caches, which hold none of them until they are wanted again;
/// that reads some percent faster.
template <Codes kCodes>
NEXTLINE_INNER void unpack(const std::uint8_t* codes, const std::uint8_t* bits,
                           UnpackedBlock& block) {
  if constexpr (kCodes == Codes::kEight) {
    for (int i = 0; i < 8; ++i) block.columns[i] = load_bytes_once(codes + 64 * i);
    return;
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const Bytes both = load_bytes_once(codes + 64 * i);
    block.columns[i] = keep_bits(both, 0x0F);
    block.columns[4 + i] = keep_bits(shift_bytes<-4>(both), 0x0F);
  }
  if constexpr (kCodes == Codes::kFive) {
    const Bytes fifth = load_bytes_once(bits);
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
      const Bytes high = load_bytes_once(bits + 64 * half);
      Bytes* columns = block.columns + 4 * half;
      columns[0] = merge_bits(columns[0], shift_bytes<4>(high), 0x30);
      columns[1] = merge_bits(columns[1], shift_bytes<2>(high), 0x30);
      columns[2] = merge_bits(columns[2], high, 0x30);
      columns[3] = merge_bits(columns[3], shift_bytes<-2>(high), 0x30);
    }
  }
}

/// Scales of one block, 16 rows side by side.
struct BlockScales {
  F32 scale;
  F32 minimum;  // Weight = scale · code + minimum.
  I32 lower;    // kSixteen: of columns 0 … 15
  I32 upper;    // kSixteen: of columns 16 … 31
};

/// Whether weights have a minimum, which stands in the place of an offset of their codes.
constexpr bool has_minimum(Scales scales) {
  return scales == Scales::kWithMinimum || scales == Scales::kSuper;
}

/// How far ahead a kernel asks for weights, bytes. With one row or two the processor sees by itself
/// that memory is read from end to end; with more, what is computed in between hides it.
constexpr std::size_t kReadAhead = 8192;
constexpr int kReadAheadRows = 4;

/// A panel as it is packed: each block is unpacked into registers where it is used.
template <TensorType kType>
class PackedPanel {
 public:
  static constexpr GroupLayout kLayout = group_layout(kType);
  static constexpr Scales kScales = kLayout.scales;
  static constexpr bool kIsWide = kLayout.codes == Codes::kEight;
  static constexpr Start start() {
    return kLayout.codes == Codes::kFour   ? Start::kOffset8
           : kLayout.codes == Codes::kFive ? Start::kOffset16
                                           : Start::kOffset128;
  }

  explicit PackedPanel(const std::uint8_t* panel) : panel_(panel) {}

  template <int kCapacity>
  NEXTLINE_INNER void get(std::uint32_t block, UnpackedBlock& weights, BlockScales& scales) const {
    const std::uint8_t* group = panel_ + std::size_t{block / kLayout.blocks} * kLayout.bytes();
    const std::uint32_t within = block % kLayout.blocks;
    if constexpr (kCapacity >= kReadAheadRows) prefetch_block(group, within);
    unpack<kLayout.codes>(group + kLayout.codes_of(within), group + kLayout.bits_of(within),
                          weights);
    const std::uint8_t* own = group + kLayout.scales_of(within);
    const auto* halves = reinterpret_cast<const std::uint16_t*>(own);
    const auto* super = reinterpret_cast<const std::uint16_t*>(group);
    if constexpr (kScales == Scales::kPlain) {
      scales.scale = load_half(halves);
    } else if constexpr (kScales == Scales::kWithMinimum) {
      scales.scale = load_half(halves);
      scales.minimum = load_half(halves + 16);
    } else if constexpr (kScales == Scales::kSuper) {
      scales.scale = mul(load_half(super), to_float(load_unsigned_bytes(own)));
      scales.minimum =
          sub(zero(), mul(load_half(super + 16), to_float(load_unsigned_bytes(own + 16))));
    } else {
      scales.scale = load_half(super);
      scales.lower = load_signed_bytes(reinterpret_cast<const std::int8_t*>(own));
      scales.upper = load_signed_bytes(reinterpret_cast<const std::int8_t*>(own + 16));
    }
  }

 private:
  /// Asks the second-level cache for what is to be read some time later. What lies behind the last
  /// panel is no harm.
  NEXTLINE_INNER static void prefetch_block(const std::uint8_t* group, std::uint32_t within) {
    constexpr std::uint32_t kShare = kLayout.bytes() / kLayout.blocks;
    const std::uint8_t* ahead = group + kReadAhead + within * kShare;
#pragma GCC unroll 16
    for (std::uint32_t line = 0; line < (kShare + 63) / 64; ++line) {
      __builtin_prefetch(ahead + std::size_t{64} * line, 0, 2);
    }
  }

  const std::uint8_t* panel_;
};

/// A panel of any type with such scales whose blocks were unpacked before, for many rows of
/// activations.
template <Scales kPreparedScales, bool kIsWideByte>
class PreparedPanel {
 public:
  static constexpr Scales kScales = kPreparedScales;
  static constexpr bool kIsWide = kIsWideByte;
  Start start() const { return start_; }

  PreparedPanel(const PreparedBlock* blocks, Start start) : blocks_(blocks), start_(start) {}

  template <int kCapacity>
  NEXTLINE_INNER void get(std::uint32_t block, UnpackedBlock& weights, BlockScales& scales) const {
    for (int i = 0; i < 8; ++i) weights.columns[i] = load_bytes(columns(block, i));
    get_scales(block, scales);
  }
  NEXTLINE_INNER void get_scales(std::uint32_t block, BlockScales& scales) const {
    const PreparedBlock& from = blocks_[block];
    scales.scale = load(from.scale);
    if constexpr (has_minimum(kScales)) scales.minimum = load(from.minimum);
    if constexpr (kScales == Scales::kSixteen) {
      scales.lower = load_ints(from.lower);
      scales.upper = load_ints(from.upper);
    }
  }
  /// The bytes of columns 4i … 4i+3 and, behind them, of those that follow.
  NEXTLINE_INNER const std::uint8_t* columns(std::uint32_t block, int i) const {
    return blocks_[block].columns[i];
  }

 private:
  const PreparedBlock* blocks_;
  Start start_;
};

template <TensorType kType>
inline void prepare(const std::uint8_t* panel, std::uint32_t block_count, PreparedBlock* blocks) {
  const PackedPanel<kType> packed(panel);
  for (std::uint32_t block = 0; block < block_count; ++block) {
    UnpackedBlock weights;
    BlockScales scales;
    packed.template get<kTileRows>(block, weights, scales);
    PreparedBlock& to = blocks[block];
    for (int i = 0; i < 8; ++i) store_bytes(to.columns[i], weights.columns[i]);
    store(to.scale, scales.scale);
    if constexpr (has_minimum(PackedPanel<kType>::kScales)) store(to.minimum, scales.minimum);
    if constexpr (PackedPanel<kType>::kScales == Scales::kSixteen) {
      store_ints(to.lower, scales.lower);
      store_ints(to.upper, scales.upper);
    }
  }
}
