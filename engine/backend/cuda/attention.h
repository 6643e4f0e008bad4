#pragma once

#include <cstdint>
#include <span>

#include "engine/backend/cuda/attention_plan.h"
#include "engine/backend/cuda/cuda_kv_storage.h"
#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/rope_angles.h"
#include "engine/model/hyperparameters.h"

namespace nextline::cuda {

/// A plan whose lists lie in device memory.
struct UploadedPlan {
  const AttentionPlan* plan = nullptr;
  const AttentionItem* items = nullptr;
  const AttentionRow* rows = nullptr;
  const AttentionRun* runs = nullptr;
  const std::uint32_t* block_runs = nullptr;
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

  /// `queries` [rows × head_count · head_dimension], scaled and not turned. The angles have all
  /// positions that they are turned to.
  bool run(const UploadedPlan& plan, const CudaKvStorage& storage, std::uint32_t layer,
           const float* queries, const Angles& angles, const AttendedRows& outputs);

 private:
  Attention(const Hyperparameters& h, DeviceContext& device);
  template <typename Number>
  bool run_of(const UploadedPlan& plan, const CudaKvStorage& storage, std::uint32_t layer,
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
