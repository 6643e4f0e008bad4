#pragma once

#include "engine/backend/cuda/attention.h"
#include "engine/backend/cuda/device_code.h"
#include "engine/backend/cuda/packed_matrix.h"
#include "engine/backend/cuda/rope_angles.h"

namespace nextline::cuda {

/// Threads of a block: one per position of a block of positions.
constexpr std::uint32_t kAttentionThreads = kAttentionBlock;
/// Queries that a thread scores at a time.
constexpr std::uint32_t kGroupQueries = 8;
/// Dimensions of keys and values in shared memory at a time.
constexpr std::uint32_t kChunk = 32;
/// Row of scores in shared memory, in floats: four more than a block, so that rows begin in
/// different banks and each 16 bytes are aligned.
constexpr std::uint32_t kScoreStride = kAttentionBlock + 4;
/// Positions whose weighted values are summed as one: those of a warp.
constexpr std::uint32_t kSumPositions = kAttentionBlock / (kAttentionThreads / kWarpThreads);

struct AttentionArguments {
  const AttentionLists* lists;
  std::uint32_t heads_per_item;
  std::uint32_t parts;

  const float* queries;  // [rows × head_count × dimension]
  Angles angles;
  // From a slot's address, in bytes: to its key and its value in the layer, and on to the next
  // head's; to the next slot.
  std::size_t keys;
  std::size_t values;
  std::size_t head_stride;
  std::size_t slot_stride;
  std::uint32_t dimension;
  std::uint32_t head_count;
  std::uint32_t heads_per_kv;

  // Of blocks that are merged later; by output, head and block.
  float* sum_values;    // [outputs × head_count × most_blocks × dimension]
  float2* sum_weights;  // [outputs × head_count × most_blocks]: highest score, sum of weights
  std::uint32_t most_blocks;

  float* outputs;
  std::uint32_t output_stride;
  bool in_lane_order;
};

/// Shared memory of a thread block.
template <typename Number, int kGroups>
struct AttentionMemory {
  static constexpr std::uint32_t kQueries = kGroupQueries * kGroups;
  /// Shifts for which queries are turned at a time. Few queries are turned for several, so that a
  /// block of positions that edits have cut up does not read its keys as often.
  static constexpr std::uint32_t kSegments = kGroups == 1 ? 4 : 1;
  /// Of a position in the stage, in bytes: 16 more than its numbers take, so that the lanes of a
  /// warp that read neighbouring positions read different banks.
  static constexpr std::uint32_t kStageStride = kChunk * sizeof(Number) + 16;
  static constexpr std::uint32_t kWarps = kAttentionThreads / kWarpThreads;

  /// One or the other: keys or values of the block's positions, or sums of values by warp.
  static constexpr std::uint32_t kKeyBytes = kAttentionBlock * kStageStride;
  static constexpr std::uint32_t kWarpSumBytes = kWarps * kQueries * kChunk * sizeof(float);
  static constexpr std::uint32_t kStageBytes =
      kKeyBytes > kWarpSumBytes ? kKeyBytes : kWarpSumBytes;

  alignas(16) unsigned char stage[kStageBytes];
  alignas(16) float scores[kQueries * kScoreStride];
  const std::byte* addresses[kAttentionBlock];  // Of slots; null where nobody sees anything.
  std::uint32_t segments[kAttentionBlock];      // Of positions, from 0 on in each block.
  std::uint32_t segment_shifts[kAttentionBlock];
  std::uint32_t segment_starts[kAttentionBlock];  // First positions.
  std::uint32_t segment_count;
  std::uint32_t positions[kQueries];  // Of the queries' rows.
  std::uint32_t rows[kQueries];
  std::uint32_t outputs[kQueries];
  float highest[kQueries];  // Of the total so far.
  float weights[kQueries];
  float total_factors[kQueries];  // What the total and the block are multiplied with to be added.
  float block_factors[kQueries];
  // Behind it: turned queries [kSegments × kQueries × dimension], totals [kQueries × dimension].

  __device__ float* turned() { return reinterpret_cast<float*>(this + 1); }
  __device__ float* totals(std::uint32_t dimension) {
    return turned() + std::size_t{kSegments} * kQueries * dimension;
  }
  static constexpr std::size_t bytes(std::uint32_t dimension) {
    return sizeof(AttentionMemory) +
           std::size_t{kSegments + 1} * kQueries * dimension * sizeof(float);
  }
};

/// How a total is merged with what comes next.
struct MergeFactors {
  float highest;
  float total;
  float block;
};
__device__ __forceinline__ MergeFactors merge_factors(float total_highest, float block_highest) {
  const float highest = fmaxf(total_highest, block_highest);
  return {highest, exp2f(total_highest - highest), exp2f(block_highest - highest)};
}
__device__ __forceinline__ float merged(float total, float total_factor, float block,
                                        float block_factor) {
  return fmaf(block, block_factor, total * total_factor);
}

/// 16 bytes of numbers in shared memory, widened.
__device__ __forceinline__ void widen(const float* numbers, float (&wide)[8]) {
  const float4 low = *reinterpret_cast<const float4*>(numbers);
  const float4 high = *reinterpret_cast<const float4*>(numbers + 4);
  wide[0] = low.x, wide[1] = low.y, wide[2] = low.z, wide[3] = low.w;
  wide[4] = high.x, wide[5] = high.y, wide[6] = high.z, wide[7] = high.w;
}
__device__ __forceinline__ void widen(const __half* numbers, float (&wide)[8]) {
  const uint4 bits = *reinterpret_cast<const uint4*>(numbers);
  const std::uint32_t words[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    wide[2 * i] = half_bits_to_float(words[i] & 0xffffU);
    wide[2 * i + 1] = half_bits_to_float(words[i] >> 16);
  }
}
__device__ __forceinline__ void widen(const __nv_bfloat16* numbers, float (&wide)[8]) {
  const uint4 bits = *reinterpret_cast<const uint4*>(numbers);
  const std::uint32_t words[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    wide[2 * i] = bfloat16_bits_to_float(words[i] & 0xffffU);
    wide[2 * i + 1] = bfloat16_bits_to_float(words[i] >> 16);
  }
}
__device__ __forceinline__ void widen(const float* numbers, float (&wide)[4]) {
  const float4 all = *reinterpret_cast<const float4*>(numbers);
  wide[0] = all.x, wide[1] = all.y, wide[2] = all.z, wide[3] = all.w;
}
__device__ __forceinline__ void widen(const __half* numbers, float (&wide)[4]) {
  const uint2 bits = *reinterpret_cast<const uint2*>(numbers);
  wide[0] = half_bits_to_float(bits.x & 0xffffU), wide[1] = half_bits_to_float(bits.x >> 16);
  wide[2] = half_bits_to_float(bits.y & 0xffffU), wide[3] = half_bits_to_float(bits.y >> 16);
}
__device__ __forceinline__ void widen(const __nv_bfloat16* numbers, float (&wide)[4]) {
  const uint2 bits = *reinterpret_cast<const uint2*>(numbers);
  wide[0] = bfloat16_bits_to_float(bits.x & 0xffffU);
  wide[1] = bfloat16_bits_to_float(bits.x >> 16);
  wide[2] = bfloat16_bits_to_float(bits.y & 0xffffU);
  wide[3] = bfloat16_bits_to_float(bits.y >> 16);
}

}  // namespace nextline::cuda
