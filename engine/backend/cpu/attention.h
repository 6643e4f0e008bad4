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

/// How head vectors are turned to a position below the table's `position_count()`; valid until the
/// table grows.
Rotation rotation_of(const RopeTable& rope, Position position);

/// Attention of the rows of a batch over their views.
///
/// Rows of one view are taken together in tiles, so that a key or value is read and converted once
/// for all queries of a tile. Positions are reduced in blocks that begin at multiples of
/// kAttentionBlock, and the blocks' sums are merged in ascending order. Who computes a block does
/// not matter: where there are tiles enough for all threads, a thread takes all blocks of a tile
/// and a key head; else ranges of blocks are shared out, and whoever ends the last one merges.
///
/// Used by the thread that runs the pass.
class Attention {
 public:
  Attention(const Hyperparameters& h, const Kernels& kernels, ThreadPool& threads,
            const RopeTable& rope);

  /// One row's part in a pass.
  struct Query {
    const BatchRow* row;
    const float* heads;  ///< [head_count × head_dimension]: scaled by query_scale(), not turned.
    float* output;       ///< [head_count × head_dimension]
  };

  /// What queries are multiplied with: log2(e) / √head_dimension, for weights are powers of two.
  float query_scale() const { return query_scale_; }

  /// Shares out the work of a pass; what `views` and `queries` point to must stay where it is as
  /// long as `run` is called for them.
  void plan(std::span<const View> views, std::span<const Query> queries);

  /// Computes the planned queries' outputs from the slots of `storage` that their views show at
  /// `layer`. The table has all positions that the queries are turned to.
  void run(const CpuKvStorage& storage, std::uint32_t layer);

 private:
  /// Rows of one view, at ascending positions; a query of a tile is a row's head.
  struct Tile {
    std::span<const Query> rows;
    const View* view;
    std::uint32_t block_count;    // Those that its last row sees.
    std::uint32_t ranges;         // Of blocks that are tasks of their own, per key head.
    std::size_t first_sum;        // Of its sums in sums_, in floats; if it has several ranges.
    std::uint32_t first_counter;  // Of its ranges_left_, by key head.
  };
  struct Task {
    const Tile* tile;
    std::uint32_t kv_head;
    std::uint32_t range;
  };
  /// Numbers that vectors are loaded from, in whole lines of the cache.
  struct alignas(64) Lanes {
    float lanes[16];
  };
  static float* floats_of(std::vector<Lanes>& lanes) { return lanes.data()->lanes; }

  /// What one thread works with.
  struct Workspace {
    std::vector<Segment> segments;
    std::vector<std::uint32_t> lengths;  // Of each query in the block.
    std::vector<Lanes> turned;           // As TurnedQueries.
    std::vector<Lanes> scores;           // [1 + queries × kScoreStride / 16]
    std::vector<Lanes> total;
    std::vector<Lanes> further;
    // The shift of positions that the queries in `turned` have.
    bool has_turned = false;
    Position turned_shift = 0;
  };

  void plan_tiles(std::span<const View> views);
  void plan_tasks();
  std::uint32_t query_count(const Tile& tile) const {
    return static_cast<std::uint32_t>(tile.rows.size()) * heads_;
  }
  /// What the sum of so many queries takes; the values begin a line.
  std::size_t sum_lanes(std::uint32_t queries) const {
    return (2 * queries + 15) / 16 + queries * (dimension_ / 16);
  }
  AttentionSum sum_at(Lanes* memory, std::uint32_t queries) const;
  AttentionSum from_query(const AttentionSum& sum, std::uint32_t query) const;
  /// The first row of the tile that sees anything of the block.
  std::uint32_t first_row(const Tile& tile, std::uint32_t block) const;

  void run_task(const CpuKvStorage& storage, std::uint32_t layer, const Task& task,
                Workspace& workspace);
  void attend_block(const CpuKvStorage& storage, std::uint32_t layer, const Task& task,
                    std::uint32_t block, Workspace& workspace, const AttentionSum& sum) const;
  void turn(const Task& task, const Run& run, Workspace& workspace) const;
  void merge(const Tile& tile, std::uint32_t block, const AttentionSum& earlier,
             const AttentionSum& later) const;
  void finish(const Tile& tile, std::uint32_t kv_head, const AttentionSum& sum) const;

  const Kernels& kernels_;
  ThreadPool& threads_;
  const RopeTable& rope_;
  std::uint32_t kv_head_count_;
  std::uint32_t heads_;  // Query heads per key head.
  std::uint32_t dimension_;
  float query_scale_;
  std::vector<Workspace> workspaces_;  // By thread.
  std::vector<Query> queries_;         // By view and position.
  std::vector<Tile> tiles_;
  std::vector<Task> tasks_;
  std::vector<Lanes> sums_;                 // Of tiles with several ranges: one per block.
  std::vector<std::uint32_t> ranges_left_;  // Those not computed yet, per such tile and key head.
};

}  // namespace nextline::cpu
