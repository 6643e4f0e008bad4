#pragma once

#include <cstdint>
#include <span>

#include "engine/backend/cuda/attention_plan.h"
#include "engine/backend/cuda/cuda_kv_storage.h"
#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/rope_angles.h"
#include "engine/model/hyperparameters.h"

namespace nextline::cuda {

/// Where the lists of a plan lie in device memory. Kernels read that from device memory, too, so
/// that the same launches compute the next plan.
struct AttentionLists {
  const AttentionItem* items;
  const AttentionRow* rows;
  const AttentionRun* runs;
  const std::uint32_t* block_runs;
};

/// What the launches for a plan depend on, and all of it.
struct AttentionGrid {
  std::uint32_t items = 0;         ///< So many are in the list; those that fill it up have no rows.
  std::uint32_t outputs = 0;       ///< Rows of them.
  std::uint32_t most_blocks = 0;   ///< Of an output, there is room for; 0 where tiles fold.
  std::uint32_t most_queries = 0;  ///< Of an item, kernels have room for.
  std::uint32_t heads_per_item = 0;
  std::uint32_t parts = 0;
  bool folds = false;

  bool operator==(const AttentionGrid&) const = default;
};

/// A plan on the device: the launches, and where they find its lists.
struct PlacedPlan {
  AttentionGrid grid;
  const AttentionLists* lists = nullptr;  // In device memory.
};

/// Where attention goes: a row after the other, in lane order (packed_matrix.h) or its own.
struct AttendedRows {
  float* values;
  std::uint32_t row_stride;
  bool in_lane_order;
};

/// Attention of the rows of a pass over their views, in float32.
///
/// A thread block takes a tile of queries (rows of one view, heads of one key head) and one block
/// of 256 positions after the other. Their scores and weights stay in shared memory, into which
/// keys and values come 32 dimensions at a time, the next ones on their way while these are used.
/// What a query gets from a block of positions depends on nothing else:
///
///   score   of a position: one sum over the dimensions, ascending;
///   weight  2^(score − the block's highest), and the sum of them: by lane, then over lanes;
///   values  32 positions after each other, ascending, and the sum of those eight, ascending.
///
/// Blocks of positions are merged in ascending order, each with the total of those before it.
class Attention {
 public:
  /// Fails where a head is too long for the shared memory of the device.
  static Result<Attention> create(const Hyperparameters& h, DeviceContext& device);

  /// What queries are multiplied with: log2(e) / √head_dimension, for weights are powers of two.
  float query_scale() const { return query_scale_; }

  AttentionPlan::Shape shape() const;
  /// The launches for exactly this plan.
  static AttentionGrid grid_of(const AttentionPlan& plan);

  /// Makes room for what the blocks of positions leave to be merged.
  bool reserve(const AttentionGrid& grid);

  /// Has room for the plan. `queries` [rows × head_count · head_dimension], scaled and not turned.
  /// The angles have all positions that they are turned to.
  bool run(const PlacedPlan& plan, const CudaKvStorage& storage, std::uint32_t layer,
           const float* queries, const Angles& angles, const AttendedRows& outputs);

 private:
  Attention(const Hyperparameters& h, DeviceContext& device);
  template <typename Number>
  bool allow_shared_memory() const;
  std::size_t sums_of(const AttentionGrid& grid) const;
  template <typename Number>
  bool run_of(const PlacedPlan& plan, const CudaKvStorage& storage, std::uint32_t layer,
              const float* queries, const Angles& angles, const AttendedRows& outputs);

  DeviceContext* device_;
  std::uint32_t head_count_;
  std::uint32_t kv_head_count_;
  std::uint32_t dimension_;
  float query_scale_;
  std::uint32_t most_groups_ = 0;  // Of eight queries: those of the largest tile.
  DeviceBuffer<float> sums_;       // Of blocks that are to be merged.
};

}  // namespace nextline::cuda
