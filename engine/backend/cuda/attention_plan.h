#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/backend/batch.h"
#include "engine/backend/cuda/kv_page.h"

namespace nextline::cuda {

/// Positions that are reduced as one; blocks begin at its multiples. Part of the arithmetic.
constexpr std::uint32_t kAttentionBlock = 256;

/// A run, or what lies of one in a page, as kernels see it.
struct AttentionRun {
  const std::byte* first_address;  ///< Of its first slot (SlotAddresses).
  std::uint32_t first_position;
  std::uint32_t shift;    ///< First position − first anchor; queries are turned back by it.
  std::uint32_t segment;  ///< Counts, within a view, how often the shift has changed.
};

/// A row of a tile.
struct AttentionRow {
  std::uint32_t row;     ///< Whose queries.
  std::uint32_t output;  ///< Where its result goes.
  std::uint32_t position;
};

/// Rows that read the same keys together, and the blocks that a thread block reads for them.
struct AttentionItem {
  std::uint32_t first_row;  ///< Among the AttentionRows, which are at ascending positions.
  std::uint32_t row_count;
  std::uint32_t first_block;
  std::uint32_t end_block;
  /// Where the view's list stands that has, by block, the run that covers its first position, and
  /// at last the last run.
  std::uint32_t block_runs;
};

/// What the queries of a pass read, shared out to thread blocks.
///
/// Rows of one view are taken together in tiles, so that a key or value is loaded once for all of
/// them. Where there are tiles enough to keep the device busy, a tile's blocks of positions follow
/// each other in one thread block (`folds`); else each block of positions is an item of its own,
/// and their sums are merged by another kernel, in the same order and with the same steps. Then
/// tiles whose views show the same keys in a block are one item there: the leaves of a draft tree
/// have views of their own, and nearly all of what they show in common.
///
/// What has been planned once takes no further memory to be planned again.
class AttentionPlan {
 public:
  struct Shape {
    std::uint32_t heads_per_kv;
    std::uint32_t kv_head_count;
    std::uint32_t most_queries;  ///< Of a tile.
    std::uint32_t enough_items;  ///< Thread blocks that keep the device busy.
    std::size_t bytes_per_sum;   ///< What is kept of a query and a block, where they are merged.
    std::size_t most_sum_bytes;  ///< Where more would be kept, tiles fold.
  };

  /// `rows` are indices of the batch's rows: those whose attention is wanted, in the order of the
  /// outputs. `addresses`: of the slots that the batch's views show; they hold for this pass.
  void plan(const Shape& shape, const Batch& batch, std::span<const std::uint32_t> rows,
            const SlotAddresses& addresses);

  const std::vector<AttentionItem>& items() const { return items_; }
  /// Those of the pass, each once; then lists of those that items have of several views.
  const std::vector<AttentionRow>& rows() const { return rows_; }
  std::uint32_t output_count() const { return output_count_; }
  const std::vector<AttentionRun>& runs() const { return runs_; }
  const std::vector<std::uint32_t>& block_runs() const { return block_runs_; }
  bool folds() const { return folds_; }
  std::uint32_t most_blocks() const { return most_blocks_; }
  /// Most rows of an item.
  std::uint32_t most_rows() const { return most_rows_; }
  /// Query heads of an item, of those of a key head; there are so many parts of a key head.
  std::uint32_t heads_per_item() const { return heads_per_item_; }
  std::uint32_t parts() const { return parts_; }

 private:
  /// Rows of one view.
  struct Tile {
    std::uint32_t first_row;
    std::uint32_t row_count;
    std::uint32_t block_runs;
    std::uint32_t block_count;
  };
  /// Tiles that see the same keys in a block; tile_groups_ has whose they are.
  struct Group {
    std::uint32_t first_tile;
    std::uint32_t tile_count;
    std::uint32_t row_count;
  };
  /// Several tiles whose rows stand together, too: a stretch of joined_tiles_.
  struct JoinedTiles {
    std::uint32_t first;
    std::uint32_t count;
    std::uint32_t first_row;
  };

  void add_rows(const Batch& batch, std::span<const std::uint32_t> rows);
  void add_view(const View& view, std::uint32_t first_row, std::uint32_t row_count);
  void add_runs(const View& view, std::uint32_t block_count);
  /// A run that lies in one page, and by blocks where it begins.
  void add_run(const Run& run, std::uint32_t block_count);
  bool should_fold(const Shape& shape) const;
  void fold_tiles();
  void split_tiles();
  void group_tiles(std::uint32_t block);
  bool see_the_same(const Tile& a, const Tile& b, std::uint32_t block) const;
  /// Where the rows of all tiles of a group stand.
  std::uint32_t rows_of(std::uint32_t group);
  std::uint32_t join_rows(std::span<const std::uint32_t> tiles);

  std::vector<AttentionItem> items_;
  std::vector<AttentionRow> rows_;
  std::vector<AttentionRun> runs_;
  std::vector<std::uint32_t> block_runs_;
  std::vector<Tile> tiles_;
  SlotAddresses addresses_;
  std::vector<Group> groups_;               // Of the block at hand.
  std::vector<std::uint32_t> tile_groups_;  // By tile.
  std::vector<std::uint32_t> joined_tiles_;
  std::vector<JoinedTiles> joined_;
  std::uint32_t output_count_ = 0;
  std::uint32_t view_count_ = 0;
  std::uint32_t tile_rows_ = 0;  // At most, of a tile and of an item.
  bool folds_ = false;
  std::uint32_t most_blocks_ = 0;
  std::uint32_t most_rows_ = 0;
  std::uint32_t heads_per_item_ = 0;
  std::uint32_t parts_ = 0;
};

}  // namespace nextline::cuda
