#include "engine/backend/cpu/attention.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>

namespace nextline::cpu {
namespace {

/// Queries of a tile: twice what is scored at once on the widest registers, eight rows of the
/// default model. Keys and values are converted and read from the caches often enough by then.
constexpr std::uint32_t kTileQueries = 56;

/// Tasks per thread that there should be, so that threads end together.
constexpr std::uint32_t kTasksPerThread = 4;

/// The first of `parts` about equal parts' beginning, for part in [0, parts].
std::uint32_t part_begin(std::size_t total, std::uint32_t part, std::uint32_t parts) {
  return static_cast<std::uint32_t>(total * part / parts);
}

}  // namespace

Rotation rotation_of(const RopeTable& rope, Position position) {
  const std::uint32_t pairs = rope.pair_count();
  const bool is_adjacent = rope.pairing() == RopePairing::kAdjacent;
  return {pairs, is_adjacent ? 2 : 1U, is_adjacent ? 1 : pairs, rope.cosines(position).data(),
          rope.sines(position).data()};
}

Attention::Attention(const Hyperparameters& h, const Kernels& kernels, ThreadPool& threads,
                     const RopeTable& rope)
    : kernels_(kernels),
      threads_(threads),
      rope_(rope),
      kv_head_count_(h.head_count_kv),
      heads_(h.heads_per_kv()),
      dimension_(h.head_dimension),
      query_scale_(static_cast<float>(std::numbers::log2e /
                                      std::sqrt(static_cast<double>(h.head_dimension)))),
      workspaces_(threads.thread_count()) {}

void Attention::plan(std::span<const View> views, std::span<const Query> queries) {
  queries_.assign(queries.begin(), queries.end());
  std::ranges::stable_sort(queries_, [](const Query& a, const Query& b) {
    return a.row->view != b.row->view ? a.row->view < b.row->view
                                      : a.row->position < b.row->position;
  });
  plan_tiles(views);
  plan_tasks();
}

void Attention::plan_tiles(std::span<const View> views) {
  tiles_.clear();
  const std::uint32_t most_rows = std::max(1U, kTileQueries / heads_);
  for (std::size_t first = 0; first < queries_.size();) {
    const std::uint32_t view = queries_[first].row->view;
    std::size_t last = first;
    while (last < queries_.size() && queries_[last].row->view == view) ++last;
    const std::span<const Query> rows = std::span(queries_).subspan(first, last - first);
    const auto count = static_cast<std::uint32_t>((rows.size() + most_rows - 1) / most_rows);
    for (std::uint32_t part = 0; part < count; ++part) {
      const std::uint32_t begin = part_begin(rows.size(), part, count);
      const std::uint32_t end = part_begin(rows.size(), part + 1, count);
      tiles_.push_back({rows.subspan(begin, end - begin), &views[view],
                        rows[end - 1].row->position / kAttentionBlock + 1, 1, 0, 0});
    }
    first = last;
  }
}

void Attention::plan_tasks() {
  const std::size_t wanted = std::size_t{kTasksPerThread} * threads_.thread_count();
  std::size_t block_count = 0;
  for (const Tile& tile : tiles_) block_count += std::size_t{kv_head_count_} * tile.block_count;
  const bool shares_blocks = tiles_.size() * kv_head_count_ < wanted;
  const auto step = static_cast<std::uint32_t>(std::max<std::size_t>(1, block_count / wanted));

  tasks_.clear();
  std::size_t sum_count = 0;
  std::uint32_t counter_count = 0;
  for (Tile& tile : tiles_) {
    if (shares_blocks) tile.ranges = (tile.block_count + step - 1) / step;
    if (tile.ranges > 1) {
      tile.first_sum = sum_count;
      tile.first_counter = counter_count;
      sum_count += kv_head_count_ * tile.block_count * sum_lanes(query_count(tile));
      counter_count += kv_head_count_;
    }
    for (std::uint32_t kv_head = 0; kv_head < kv_head_count_; ++kv_head) {
      for (std::uint32_t range = 0; range < tile.ranges; ++range) {
        tasks_.push_back({&tile, kv_head, range});
      }
    }
  }
  sums_.resize(sum_count);
  ranges_left_.resize(counter_count);
  // The longest first: the last tasks to finish are then the short ones.
  std::ranges::stable_sort(tasks_, [&](const Task& a, const Task& b) {
    const auto work = [&](const Tile& tile) {
      return query_count(tile) * (tile.block_count / tile.ranges);
    };
    return work(*a.tile) > work(*b.tile);
  });
}

void Attention::run(const CpuKvStorage& storage, std::uint32_t layer) {
  for (const Tile& tile : tiles_) {
    if (tile.ranges == 1) continue;
    std::fill_n(ranges_left_.begin() + tile.first_counter, kv_head_count_, tile.ranges);
  }
  threads_.run(static_cast<std::uint32_t>(tasks_.size()),
               [&](std::uint32_t index, std::uint32_t thread) {
                 run_task(storage, layer, tasks_[index], workspaces_[thread]);
               });
}

AttentionSum Attention::sum_at(Lanes* memory, std::uint32_t queries) const {
  float* const numbers = memory->lanes;  // Of all lines: they follow each other.
  return {numbers, numbers + queries, memory[(2 * queries + 15) / 16].lanes};
}

AttentionSum Attention::from_query(const AttentionSum& sum, std::uint32_t query) const {
  return {sum.highest + query, sum.weights + query, sum.values + std::size_t{query} * dimension_};
}

std::uint32_t Attention::first_row(const Tile& tile, std::uint32_t block) const {
  std::uint32_t row = 0;
  while (tile.rows[row].row->position < block * kAttentionBlock) ++row;
  return row;
}

void Attention::run_task(const CpuKvStorage& storage, std::uint32_t layer, const Task& task,
                         Workspace& workspace) {
  const Tile& tile = *task.tile;
  const std::uint32_t queries = query_count(tile);
  const std::size_t lanes = sum_lanes(queries);
  workspace.lengths.resize(queries);
  workspace.turned.resize(queries * (dimension_ / 16));
  workspace.scores.resize(1 + queries * (kScoreStride / 16));
  workspace.has_turned = false;

  if (tile.ranges == 1) {
    workspace.total.resize(lanes);
    workspace.further.resize(lanes);
    const AttentionSum total = sum_at(workspace.total.data(), queries);
    const AttentionSum further = sum_at(workspace.further.data(), queries);
    for (std::uint32_t block = 0; block < tile.block_count; ++block) {
      attend_block(storage, layer, task, block, workspace, block == 0 ? total : further);
      if (block > 0) merge(tile, block, total, further);
    }
    finish(tile, task.kv_head, total);
    return;
  }

  Lanes* sums = sums_.data() + tile.first_sum + task.kv_head * tile.block_count * lanes;
  const std::uint32_t last = part_begin(tile.block_count, task.range + 1, tile.ranges);
  for (std::uint32_t block = part_begin(tile.block_count, task.range, tile.ranges); block < last;
       ++block) {
    attend_block(storage, layer, task, block, workspace, sum_at(sums + block * lanes, queries));
  }
  // Whoever ends the last range sees what all others have written.
  const std::atomic_ref left(ranges_left_[tile.first_counter + task.kv_head]);
  if (left.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  const AttentionSum total = sum_at(sums, queries);
  for (std::uint32_t block = 1; block < tile.block_count; ++block) {
    merge(tile, block, total, sum_at(sums + block * lanes, queries));
  }
  finish(tile, task.kv_head, total);
}

void Attention::attend_block(const CpuKvStorage& storage, std::uint32_t layer, const Task& task,
                             std::uint32_t block, Workspace& workspace,
                             const AttentionSum& sum) const {
  const KvKernels& kernels = storage.kernels();
  const HeadCache cache = storage.head_cache(layer, task.kv_head);
  const Tile& tile = *task.tile;
  const View& view = *tile.view;
  const Position begin = block * kAttentionBlock;
  const Position end = std::min(begin + kAttentionBlock, tile.rows.back().row->position + 1);
  const std::uint32_t first_query = first_row(tile, block) * heads_;
  const std::uint32_t queries = query_count(tile);

  auto run = std::upper_bound(view.begin(), view.end(), begin,
                              [](Position p, const Run& r) { return p < r.first_position; }) -
             1;
  float* scores = floats_of(workspace.scores) + 16;
  workspace.segments.clear();
  for (; run != view.end() && run->first_position < end; ++run) {
    const Position first = std::max(run->first_position, begin);
    const Position last = std::min(run->first_position + run->length, end);
    turn(task, *run, workspace);
    const Segment segment{run->first_slot + (first - run->first_position), last - first};
    workspace.segments.push_back(segment);
    kernels.score(cache, segment,
                  {floats_of(workspace.turned) + std::size_t{16} * first_query,
                   std::size_t{16} * queries, queries - first_query},
                  scores + (first - begin));
  }
  for (std::uint32_t query = first_query; query < queries; ++query) {
    const Position position = tile.rows[query / heads_].row->position;
    workspace.lengths[query] = std::min(kAttentionBlock, position + 1 - begin);
  }
  kernels.gather(cache, workspace.segments.data(), workspace.lengths.data() + first_query,
                 queries - first_query, scores, from_query(sum, first_query));
}

void Attention::turn(const Task& task, const Run& run, Workspace& workspace) const {
  // Turning again costs less than keeping the queries at every shift that there is: they stay in
  // the nearest cache.
  const Position shift = run.first_position - run.first_anchor;
  if (workspace.has_turned && workspace.turned_shift == shift) return;
  workspace.has_turned = true;
  workspace.turned_shift = shift;
  const Tile& tile = *task.tile;
  const std::size_t chunk_stride = std::size_t{16} * query_count(tile);
  float* turned = floats_of(workspace.turned);
  for (const Query& query : tile.rows) {
    // Rows before the run see nothing of it, nor has the table their position.
    if (query.row->position >= run.first_position) {
      kernels_.rotate(rotation_of(rope_, query.row->position - shift), dimension_, heads_,
                      query.heads + std::size_t{task.kv_head} * heads_ * dimension_,
                      {turned, 16, chunk_stride});
    }
    turned += std::size_t{16} * heads_;
  }
}

void Attention::merge(const Tile& tile, std::uint32_t block, const AttentionSum& earlier,
                      const AttentionSum& later) const {
  const std::uint32_t first_query = first_row(tile, block) * heads_;
  kernels_.merge(dimension_, query_count(tile) - first_query, from_query(earlier, first_query),
                 from_query(later, first_query));
}

void Attention::finish(const Tile& tile, std::uint32_t kv_head, const AttentionSum& sum) const {
  for (std::size_t row = 0; row < tile.rows.size(); ++row) {
    kernels_.finish(dimension_, heads_, from_query(sum, static_cast<std::uint32_t>(row) * heads_),
                    tile.rows[row].output + std::size_t{kv_head} * heads_ * dimension_);
  }
}

}  // namespace nextline::cpu
