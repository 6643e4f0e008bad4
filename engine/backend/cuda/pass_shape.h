#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "engine/backend/cuda/attention.h"
#include "engine/kv/kv_type.h"

namespace nextline::cuda {

/// Passes of so many rows at most come again and again, with other tokens: one, or a draft.
constexpr std::uint32_t kMostRepeatedRows = 16;

/// What comes back from a pass.
enum class PassResult : std::uint8_t { kLogits, kTokens };

/// What the calls depend on that ask the device for a pass: how many rows, which kernels, how large
/// their grids. All else, the kernels read from memory whose addresses stay (PassInputs). Passes of
/// one shape are so the same calls, and can be one graph.
struct PassShape {
  std::uint32_t row_count = 0;
  std::uint32_t asking_count = 0;
  PassResult result = PassResult::kLogits;
  KvType kv_type = KvType::kFloat16;
  std::size_t input_bytes = 0;  ///< That are copied to the device.
  AttentionGrid all_rows;
  AttentionGrid asking_rows;

  bool operator==(const PassShape&) const = default;
};

/// `count` rounded up to one of 1, 2, 3, 4, 6, 8, 12, 16, …, the powers of two and the numbers
/// halfway between them, so that what grows from pass to pass seldom changes the shape. It is at
/// most a half more.
constexpr std::uint32_t with_room(std::uint32_t count) {
  const std::uint32_t power = std::bit_ceil(count);
  const std::uint32_t halfway = power / 4 * 3;
  return count <= halfway ? halfway : power;
}

/// The same launches for a few more items and blocks.
constexpr AttentionGrid with_room(AttentionGrid grid) {
  if (grid.items > 0) grid.items = with_room(grid.items);
  if (grid.most_blocks > 0) grid.most_blocks = with_room(grid.most_blocks);
  return grid;
}

}  // namespace nextline::cuda
