#include "engine/backend/cuda/attention_plan.h"

#include <algorithm>

namespace nextline::cuda {

void AttentionPlan::plan(const Shape& shape, const Batch& batch,
                         std::span<const std::uint32_t> rows) {
  items_.clear();
  rows_.clear();
  runs_.clear();
  block_runs_.clear();
  tiles_.clear();
  most_blocks_ = 0;
  most_rows_ = 0;
  parts_ = (shape.heads_per_kv + shape.most_queries - 1) / shape.most_queries;
  heads_per_item_ = (shape.heads_per_kv + parts_ - 1) / parts_;

  for (std::uint32_t output = 0; output < rows.size(); ++output) {
    rows_.push_back({rows[output], output, batch.rows[rows[output]].position});
  }
  const auto view_of = [&](const AttentionRow& row) { return batch.rows[row.row].view; };
  std::ranges::stable_sort(rows_, [&](const AttentionRow& a, const AttentionRow& b) {
    return view_of(a) != view_of(b) ? view_of(a) < view_of(b) : a.position < b.position;
  });
  for (std::size_t first = 0; first < rows_.size();) {
    std::size_t last = first;
    while (last < rows_.size() && view_of(rows_[last]) == view_of(rows_[first])) ++last;
    add_view(shape, batch.views[view_of(rows_[first])], static_cast<std::uint32_t>(first),
             static_cast<std::uint32_t>(last - first));
    first = last;
  }
  make_items(shape);
}

void AttentionPlan::add_view(const Shape& shape, const View& view, std::uint32_t first_row,
                             std::uint32_t row_count) {
  const auto block_runs = static_cast<std::uint32_t>(block_runs_.size());
  const std::uint32_t block_count = rows_[first_row + row_count - 1].position / kAttentionBlock + 1;
  add_runs(view, block_count);
  most_blocks_ = std::max(most_blocks_, block_count);

  const std::uint32_t most_rows = std::max(1U, shape.most_queries / heads_per_item_);
  const std::uint32_t tile_count = (row_count + most_rows - 1) / most_rows;
  for (std::uint32_t tile = 0; tile < tile_count; ++tile) {  // About equal parts.
    const auto begin = static_cast<std::uint32_t>(std::size_t{row_count} * tile / tile_count);
    const auto end = static_cast<std::uint32_t>(std::size_t{row_count} * (tile + 1) / tile_count);
    const std::uint32_t last_position = rows_[first_row + end - 1].position;
    tiles_.push_back(
        {first_row + begin, end - begin, block_runs, last_position / kAttentionBlock + 1});
    most_rows_ = std::max(most_rows_, end - begin);
  }
}

void AttentionPlan::add_runs(const View& view, std::uint32_t block_count) {
  std::uint32_t block = 0;
  for (const Run& run : view) {
    const Position shift = run.first_position - run.first_anchor;
    std::uint32_t segment = 0;
    if (run.first_position > 0) {
      const AttentionRun& before = runs_.back();
      segment = before.segment + (before.shift != shift ? 1 : 0);
    }
    const Position end = run.first_position + run.length;
    for (; block < block_count && block * kAttentionBlock < end; ++block) {
      block_runs_.push_back(static_cast<std::uint32_t>(runs_.size()));
    }
    runs_.push_back({run.first_position, run.first_slot, shift, segment});
  }
  block_runs_.push_back(static_cast<std::uint32_t>(runs_.size() - 1));
}

void AttentionPlan::make_items(const Shape& shape) {
  const std::size_t thread_blocks = tiles_.size() * shape.kv_head_count * parts_;
  const std::size_t sum_bytes =
      shape.bytes_per_sum * rows_.size() * shape.heads_per_kv * shape.kv_head_count * most_blocks_;
  folds_ =
      most_blocks_ <= 1 || thread_blocks >= shape.enough_items || sum_bytes > shape.most_sum_bytes;
  for (const Tile& tile : tiles_) {
    if (folds_) {
      items_.push_back({tile.first_row, tile.row_count, 0, tile.block_count, tile.block_runs});
      continue;
    }
    for (std::uint32_t block = 0; block < tile.block_count; ++block) {
      items_.push_back({tile.first_row, tile.row_count, block, block + 1, tile.block_runs});
    }
  }
  // The longest first: what ends last is then short. Items of one block of positions follow each
  // other, so that what they read in common is still in the cache.
  std::ranges::stable_sort(items_, [](const AttentionItem& a, const AttentionItem& b) {
    const std::uint32_t a_blocks = a.end_block - a.first_block;
    const std::uint32_t b_blocks = b.end_block - b.first_block;
    return a_blocks != b_blocks ? a_blocks > b_blocks : a.first_block < b.first_block;
  });
}

}  // namespace nextline::cuda
