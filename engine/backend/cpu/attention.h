#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/backend/batch.h"
#include "engine/backend/cpu/cpu_kv_storage.h"
#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/thread_pool.h"
#include "engine/model/rope.h"

namespace nextline::cpu {

/// Attention of the rows of a batch over their views.
///
/// Positions are reduced in blocks that begin at multiples of kAttentionBlock, and the blocks'
/// sums are merged in ascending order. Who computes a block does not matter: with enough rows a
/// thread takes all blocks of a row's key head, with few rows the blocks themselves are shared out.
class Attention {
 public:
  Attention(const Hyperparameters& h, const Kernels& kernels, ThreadPool& threads);

  /// One row's part in a pass.
  struct Query {
    const BatchRow* row;
    const float* heads;  ///< [head_count × head_dimension]: scaled, not turned.
    float* output;       ///< [head_count × head_dimension]
  };

  /// Reads the slots of `storage` that the rows' views show at `layer`.
  void run(const CpuKvStorage& storage, std::uint32_t layer, std::span<const View> views,
           std::span<const Query> queries, const RopeTable& rope);

 private:
  /// What one thread works with.
  struct Workspace {
    std::vector<KeySegment> segments;
    std::vector<std::size_t> query_offsets;  // Of each segment's queries in `turned`.
    std::vector<Position> turned_positions;  // Of the queries in `turned`, in order.
    std::vector<float> turned;               // [turned_positions × heads_per_kv × head_dimension]
    std::vector<float> block_sum;
  };
  struct Task {
    const Query* query;
    std::uint32_t kv_head;
    std::uint32_t first_block;
    std::uint32_t last_block;
    float* sum;  // Where the sum of the blocks goes.
  };

  AttentionSum sum_at(float* memory) const;
  /// Offset in `turned` of the task's queries turned to a position; each is turned once per task.
  std::size_t turn(const Task& task, Position position, const RopeTable& rope,
                   Workspace& workspace) const;
  void attend_block(const HeadCache& cache, const Task& task, std::uint32_t block, const View& view,
                    const RopeTable& rope, Workspace& workspace, const AttentionSum& sum) const;
  void run_task(const CpuKvStorage& storage, std::uint32_t layer, const Task& task,
                std::span<const View> views, const RopeTable& rope, Workspace& workspace) const;
  void finish(const Query& query, std::uint32_t kv_head, float* sums, std::size_t count) const;

  const Kernels& kernels_;
  ThreadPool& threads_;
  std::uint32_t kv_head_count_;
  std::uint32_t heads_;  // Query heads per key head.
  std::uint32_t dimension_;
  std::size_t sum_floats_;             // Floats of one AttentionSum.
  std::vector<Workspace> workspaces_;  // By thread.
  std::vector<Task> tasks_;
  std::vector<float> sums_;
};

}  // namespace nextline::cpu
