#include "engine/backend/cuda/attention_plan.h"

#include <algorithm>
#include <tuple>

namespace nextline::cuda {
namespace {

/// Passes of more rows of several views are no drafts, but what an edit has left to compute.
constexpr std::uint32_t kMostTreeRows = 64;

/// Of a tile that sees nothing of a block.
constexpr std::uint32_t kNoGroup = 0xffffffffU;

}  // namespace

void AttentionPlan::plan(const Shape& shape, const Batch& batch,
                         std::span<const std::uint32_t> rows, const SlotAddresses& addresses) {
  addresses_ = addresses;
  items_.clear();
  runs_.clear();
  block_runs_.clear();
  tiles_.clear();
  joined_tiles_.clear();
  joined_.clear();
  most_blocks_ = 0;
  view_count_ = 0;
  parts_ = (shape.heads_per_kv + shape.most_queries - 1) / shape.most_queries;
  heads_per_item_ = (shape.heads_per_kv + parts_ - 1) / parts_;
  tile_rows_ = std::max(1U, shape.most_queries / heads_per_item_);

  add_rows(batch, rows);
  folds_ = should_fold(shape);
  if (folds_) {
    fold_tiles();
  } else {
    split_tiles();
  }
  most_rows_ = 0;
  for (const AttentionItem& item : items_) most_rows_ = std::max(most_rows_, item.row_count);
}

void AttentionPlan::add_rows(const Batch& batch, std::span<const std::uint32_t> rows) {
  rows_.clear();
  output_count_ = static_cast<std::uint32_t>(rows.size());
  for (std::uint32_t output = 0; output < output_count_; ++output) {
    rows_.push_back({rows[output], output, batch.rows[rows[output]].position});
  }
  const auto view_of = [&](const AttentionRow& row) { return batch.rows[row.row].view; };
  std::ranges::sort(rows_, {}, [&](const AttentionRow& row) {
    return std::tuple(view_of(row), row.position, row.output);
  });
  for (std::uint32_t first = 0; first < output_count_;) {
    std::uint32_t last = first;
    while (last < output_count_ && view_of(rows_[last]) == view_of(rows_[first])) ++last;
    add_view(batch.views[view_of(rows_[first])], first, last - first);
    first = last;
  }
}

void AttentionPlan::add_view(const View& view, std::uint32_t first_row, std::uint32_t row_count) {
  const auto block_runs = static_cast<std::uint32_t>(block_runs_.size());
  const std::uint32_t block_count = rows_[first_row + row_count - 1].position / kAttentionBlock + 1;
  add_runs(view, block_count);
  most_blocks_ = std::max(most_blocks_, block_count);
  ++view_count_;

  const std::uint32_t tile_count = (row_count + tile_rows_ - 1) / tile_rows_;
  for (std::uint32_t tile = 0; tile < tile_count; ++tile) {  // About equal parts.
    const auto begin = static_cast<std::uint32_t>(std::size_t{row_count} * tile / tile_count);
    const auto end = static_cast<std::uint32_t>(std::size_t{row_count} * (tile + 1) / tile_count);
    const std::uint32_t last_position = rows_[first_row + end - 1].position;
    tiles_.push_back(
        {first_row + begin, end - begin, block_runs, last_position / kAttentionBlock + 1});
  }
}

void AttentionPlan::add_runs(const View& view, std::uint32_t block_count) {
  for (const Run& run : view) {
    for (std::uint32_t done = 0; done < run.length;) {
      const Slot slot = run.first_slot + done;
      const std::uint32_t length = std::min(run.length - done, kPageSlots - slot % kPageSlots);
      add_run({run.first_position + done, length, slot, run.first_anchor + done}, block_count);
      done += length;
    }
  }
  block_runs_.push_back(static_cast<std::uint32_t>(runs_.size() - 1));
}

void AttentionPlan::add_run(const Run& run, std::uint32_t block_count) {
  const Position shift = run.first_position - run.first_anchor;
  std::uint32_t segment = 0;
  if (run.first_position > 0) {
    const AttentionRun& before = runs_.back();
    segment = before.segment + (before.shift != shift ? 1 : 0);
  }
  const Position end = run.first_position + run.length;
  const std::uint32_t first_block = (run.first_position + kAttentionBlock - 1) / kAttentionBlock;
  for (std::uint32_t block = first_block; block < block_count && block * kAttentionBlock < end;
       ++block) {
    block_runs_.push_back(static_cast<std::uint32_t>(runs_.size()));
  }
  runs_.push_back({addresses_.of(run.first_slot), run.first_position, shift, segment});
}

bool AttentionPlan::should_fold(const Shape& shape) const {
  const std::size_t sum_bytes =
      shape.bytes_per_sum * output_count_ * shape.heads_per_kv * shape.kv_head_count * most_blocks_;
  if (most_blocks_ <= 1 || sum_bytes > shape.most_sum_bytes) return true;
  // Of a draft tree, what all its leaves see is better read once.
  const bool is_tree = view_count_ > 1 && output_count_ <= kMostTreeRows;
  return !is_tree && tiles_.size() * shape.kv_head_count * parts_ >= shape.enough_items;
}

/// The longest first: what ends last is then short.
void AttentionPlan::fold_tiles() {
  for (const Tile& tile : tiles_) {
    items_.push_back({tile.first_row, tile.row_count, 0, tile.block_count, tile.block_runs});
  }
  std::ranges::sort(items_, [](const AttentionItem& a, const AttentionItem& b) {
    return a.end_block != b.end_block ? a.end_block > b.end_block : a.first_row < b.first_row;
  });
}

/// Items of one block follow each other, so that what they read in common is still in the cache.
void AttentionPlan::split_tiles() {
  for (std::uint32_t block = 0; block < most_blocks_; ++block) {
    group_tiles(block);
    for (std::uint32_t index = 0; index < groups_.size(); ++index) {
      const std::uint32_t block_runs = tiles_[groups_[index].first_tile].block_runs;
      items_.push_back({rows_of(index), groups_[index].row_count, block, block + 1, block_runs});
    }
  }
}

/// The tiles that see anything of a block, those together that see the same keys there.
void AttentionPlan::group_tiles(std::uint32_t block) {
  groups_.clear();
  tile_groups_.assign(tiles_.size(), kNoGroup);
  for (std::uint32_t index = 0; index < tiles_.size(); ++index) {
    const Tile& tile = tiles_[index];
    if (block >= tile.block_count) continue;
    std::uint32_t group = 0;
    while (group < groups_.size() &&
           (groups_[group].row_count + tile.row_count > tile_rows_ ||
            !see_the_same(tiles_[groups_[group].first_tile], tile, block))) {
      ++group;
    }
    if (group == groups_.size()) groups_.push_back({index, 0, 0});
    ++groups_[group].tile_count;
    groups_[group].row_count += tile.row_count;
    tile_groups_[index] = group;
  }
}

/// Compares the runs of two views within a block, where both tiles see all of it.
bool AttentionPlan::see_the_same(const Tile& a, const Tile& b, std::uint32_t block) const {
  if (block + 1 >= std::min(a.block_count, b.block_count)) return false;
  const std::uint32_t begin = block * kAttentionBlock;
  const std::uint32_t* const a_runs = block_runs_.data() + a.block_runs + block;
  const std::uint32_t* const b_runs = block_runs_.data() + b.block_runs + block;
  for (std::uint32_t i = 0;; ++i) {
    const auto is_over = [&](const std::uint32_t* runs) {
      return runs[0] + i > runs[1] || runs_[runs[0] + i].first_position >= begin + kAttentionBlock;
    };
    if (is_over(a_runs) || is_over(b_runs)) return is_over(a_runs) && is_over(b_runs);
    const AttentionRun& run = runs_[a_runs[0] + i];
    const AttentionRun& other = runs_[b_runs[0] + i];
    // Runs may begin before the block, and not at the same position.
    const std::uint32_t first = std::max(run.first_position, begin);
    const auto address = [&](const AttentionRun& of) {
      return of.first_address + (first - of.first_position) * addresses_.slot_stride;
    };
    if (first != std::max(other.first_position, begin) || run.shift != other.shift ||
        address(run) != address(other)) {
      return false;
    }
  }
}

std::uint32_t AttentionPlan::rows_of(std::uint32_t group) {
  if (groups_[group].tile_count == 1) return tiles_[groups_[group].first_tile].first_row;
  const std::size_t first = joined_tiles_.size();
  for (std::uint32_t index = 0; index < tiles_.size(); ++index) {
    if (tile_groups_[index] == group) joined_tiles_.push_back(index);
  }
  const std::span<const std::uint32_t> all(joined_tiles_);
  for (const JoinedTiles& known : joined_) {  // They were together in other blocks, too.
    if (!std::ranges::equal(all.subspan(known.first, known.count), all.subspan(first))) continue;
    joined_tiles_.resize(first);
    return known.first_row;
  }
  const std::uint32_t first_row = join_rows(all.subspan(first));
  joined_.push_back({static_cast<std::uint32_t>(first), groups_[group].tile_count, first_row});
  return first_row;
}

std::uint32_t AttentionPlan::join_rows(std::span<const std::uint32_t> tiles) {
  const auto first = static_cast<std::uint32_t>(rows_.size());
  for (const std::uint32_t index : tiles) {
    const Tile& tile = tiles_[index];
    for (std::uint32_t i = 0; i < tile.row_count; ++i) {
      const AttentionRow row = rows_[tile.first_row + i];
      rows_.push_back(row);
    }
  }
  std::ranges::sort(rows_.begin() + first, rows_.end(), {},
                    [](const AttentionRow& row) { return std::tuple(row.position, row.output); });
  return first;
}

}  // namespace nextline::cuda
