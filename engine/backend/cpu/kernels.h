#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/backend/cpu/activation_layout.h"
#include "engine/backend/cpu/packed_layout.h"
#include "engine/kv/kv_type.h"

namespace nextline::cpu {

enum class InstructionSet : std::uint8_t;

/// Where a product goes, and what is added to it: a bias (stride 0), the residual, or nothing.
struct OutputView {
  float* values;  // [rows × stride]
  std::size_t stride;
  const float* addend;  // [rows × addend_stride] or null
  std::size_t addend_stride;
};

/// Where a call of `multiply` may prepare weights; 64-byte aligned, at least `prepared_bytes` of
/// the matrix's columns.
struct MultiplyScratch {
  std::uint8_t* memory;
  std::size_t size;
};

/// Positions of a sequence that attention reduces at once. The blocks begin at multiples of this
/// number, whatever the pieces, the rows and the threads, so that sums come out the same.
constexpr std::uint32_t kAttentionBlock = 256;

/// Scores of one query over a block, and room for what a group of 16 keys writes beyond its ends.
constexpr std::size_t kScoreStride = kAttentionBlock + 16;

/// Keys and values of one layer and key head that lie in consecutive slots.
struct Segment {
  std::uint32_t first_slot;
  std::uint32_t length;
};

/// Head vectors in chunks of 16 dimensions: dimension d of vector i stands at
/// values[d / 16 · chunk_stride + i · vector_stride + d % 16].
struct HeadVectors {
  float* values;
  std::size_t vector_stride;
  std::size_t chunk_stride;
};

/// Queries of a tile, turned and scaled, [dimension / 16][chunk_stride / 16][16]: what a group of
/// keys is multiplied with lies close together, whatever the dimension.
struct TurnedQueries {
  const float* values;
  std::size_t chunk_stride;
  std::uint32_t count;
};

/// The keys and values of one layer and key head, in numbers of one KvType.
struct HeadCache {
  std::uint32_t dimension;  ///< A multiple of 16.
  const void* keys;         // [slot / 16][dimension][slot % 16]
  const void* values;       // [slot][dimension]
};

/// By how much 16 neighbouring keys are turned, and which of their dimensions: pair i is dimension
/// i · step and the one `stride` behind it.
struct KeyTurn {
  std::uint32_t pair_count;
  std::uint32_t step;
  std::uint32_t stride;
  const float* cosines;  // [pair_count × 16]: a lane is a key
  const float* sines;    // [pair_count × 16]
};

/// The angles of one position, and which dimensions they turn: pair i is dimension i · step and the
/// one `stride` behind it.
struct Rotation {
  std::uint32_t pair_count;
  std::uint32_t step;
  std::uint32_t stride;
  const float* cosines;  // [pair_count]
  const float* sines;    // [pair_count]
};

/// What queries that share a key head have gathered from some positions: softmax-weighted values
/// with their own highest score factored out. Scores are in units of ln 2: weights are powers of
/// two.
struct AttentionSum {
  float* highest;  // [queries]
  float* weights;  // [queries]: sum of 2^(score − highest)
  float* values;   // [queries × dimension]: sum of 2^(score − highest) · value
};

/// What writes and reads keys and values that are stored in numbers of one KvType.
struct KvKernels {
  /// Rounds one head's key [dimension] and value [dimension] to what is stored, in a slot.
  void (*store_key)(const float* key, std::uint32_t dimension, std::uint32_t slot, void* keys);
  void (*store_value)(const float* value, std::uint32_t dimension, std::uint32_t slot,
                      void* values);
  /// Turns 16 keys in place, [dimension × 16].
  void (*turn_keys)(const KeyTurn& turn, void* keys);
  /// Scores of the queries for the keys of a segment, to scores[query · kScoreStride] and on. Up to
  /// 15 floats behind the segment are overwritten: segments come in ascending order.
  void (*score)(const HeadCache& cache, const Segment& segment, const TurnedQueries& queries,
                float* scores);
  /// Softmax over the scores of a block, and the values it weighs. Query i sees the first
  /// `lengths[i]` ≥ 1 positions of the segments, and what stands behind them does not touch it.
  /// `scores` is used up.
  void (*gather)(const HeadCache& cache, const Segment* segments, const std::uint32_t* lengths,
                 std::uint32_t query_count, float* scores, const AttentionSum& sum);
};

/// The kernels of one instruction set. All sets compute the same bits: integer products are exact,
/// float sums run over blocks in ascending order with explicitly fused steps, and sums over lanes
/// fold halves.
struct Kernels {
  /// y = x · weight / sqrt(mean(x²) + epsilon), all [length].
  void (*rms_norm)(const float* x, const float* weight, std::uint32_t length, float epsilon,
                   float* y);
  /// y = gate / (1 + exp(−gate)) · up, all [length].
  void (*swiglu)(const float* gate, const float* up, std::uint32_t length, float* y);
  /// Quantises [columns] values in blocks of 32 to one byte or two; columns is a multiple of 32.
  void (*quantize)(const float* x, std::uint32_t columns, const QuantizedRow& row);
  /// Rows of `output` = `activations` · panelsᵀ + addend, for panels [first, last) of the matrix.
  void (*multiply)(const PackedMatrixView& matrix, std::uint32_t first_panel,
                   std::uint32_t last_panel, const ActivationView& activations,
                   const OutputView& output, const MultiplyScratch& scratch);
  /// Turns `count` vectors [count × dimension] to one position; `to` may be `from`.
  void (*rotate)(const Rotation& rotation, std::uint32_t dimension, std::uint32_t count,
                 const float* from, const HeadVectors& to);
  /// Adds the sum of a later block to that of all before it.
  void (*merge)(std::uint32_t dimension, std::uint32_t query_count, const AttentionSum& earlier,
                const AttentionSum& later);
  /// values / weights, [queries × dimension].
  void (*finish)(std::uint32_t dimension, std::uint32_t query_count, const AttentionSum& sum,
                 float* output);

  KvKernels by_kv_type[kKvTypeCount];
  const KvKernels& of(KvType type) const { return by_kv_type[static_cast<std::uint32_t>(type)]; }
};

/// The kernels of an instruction set that this build has; calling them takes a machine that can
/// execute it.
const Kernels& kernels_of(InstructionSet instruction_set);

}  // namespace nextline::cpu
