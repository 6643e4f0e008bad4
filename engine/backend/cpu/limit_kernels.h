#pragma once

#include <cstddef>
#include <cstdint>

namespace nextline::cpu {

enum class InstructionSet : std::uint8_t;

/// Kernels that show how fast a thread can be with an instruction set: they do what the real
/// kernels cannot avoid, and nothing else. Their results matter only in that they depend on all of
/// the work, so that no compiler leaves any of it out.
struct LimitKernels {
  /// Bytes that `read` takes at a time.
  static constexpr std::size_t kReadStep = 512;

  /// Reads [bytes, bytes + size), aligned to 64 bytes, size a multiple of kReadStep. Zero where all
  /// bytes are zero.
  std::int32_t (*read)(const std::uint8_t* bytes, std::size_t size);

  /// Multiplies `count` small matrices of bytes that stay in the first-level cache: without scales,
  /// unpacking or anything else around the integer multiply-accumulate.
  std::int64_t (*multiply_tiles)(std::uint32_t count);
  std::uint64_t tile_products;  ///< Multiply-accumulates of one tile.

  /// Adds up the products of `count` small blocks of floats that stay in the first-level cache, one
  /// factor of each step broadcast from memory, as attention does: without half precision, softmax
  /// or anything else around the fused multiply-add.
  float (*accumulate_blocks)(std::uint32_t count);
  std::uint64_t block_products;  ///< Multiply-accumulates of one block.
};

/// As `kernels_of`.
const LimitKernels& limit_kernels_of(InstructionSet instruction_set);

}  // namespace nextline::cpu
