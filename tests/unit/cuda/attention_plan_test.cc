#include "engine/backend/cuda/attention_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

#include "tests/support/random.h"

namespace nextline::cuda {
namespace {

/// Appends runs of random lengths, slots and shifts up to a position.
void extend(View& view, Position end, test::Random& random) {
  Position position = view.empty() ? 0 : view.back().first_position + view.back().length;
  while (position < end) {
    const auto length = std::min<std::uint32_t>(
        end - position, static_cast<std::uint32_t>(1 + random.below(random.below(4) ? 9 : 400)));
    const auto slot = static_cast<Slot>(random.below(10'000));
    view.push_back({position, length, slot, position + static_cast<Position>(random.below(2))});
    position += length;
  }
}

/// Views with a common beginning, each with rows at its end and here and there.
Batch random_batch(std::uint32_t view_count, Position common, test::Random& random) {
  Batch batch;
  View beginning;
  extend(beginning, common, random);
  for (std::uint32_t index = 0; index < view_count; ++index) {
    View view = beginning;
    const auto end = common + static_cast<Position>(1 + random.below(300));
    extend(view, end, random);
    batch.views.push_back(view);
    for (std::uint64_t row = random.below(6); row > 0; --row) {
      batch.rows.push_back(
          {0, static_cast<Position>(random.below(end)), 0, index, random.below(2) == 0});
    }
    batch.rows.push_back({0, end - 1, 0, index, true});
  }
  return batch;
}

/// Slots whose pages follow each other the other way round, so that none goes on in the next.
class ReversedPages {
 public:
  ReversedPages() {
    for (std::size_t i = 0; i < kCount; ++i) {
      pages_.push_back(memory_.data() + (kCount - 1 - i) * kPageSlots);
    }
  }
  SlotAddresses addresses() const { return {pages_, 1}; }

 private:
  static constexpr std::size_t kCount = 10'500 / kPageSlots;
  std::vector<std::byte> memory_ = std::vector<std::byte>(kCount * kPageSlots);
  std::vector<std::byte*> pages_;
};
const ReversedPages kPages;

constexpr AttentionPlan::Shape kShape = {7, 2, 32, 132, 264, std::size_t{1} << 30};

/// What a plan gives for a position of an item's block, as a kernel finds it.
const std::byte* address_in(const AttentionPlan& plan, const AttentionItem& item,
                            std::uint32_t block, Position position) {
  const std::uint32_t* const ends = plan.block_runs().data() + item.block_runs + block;
  std::uint32_t index = ends[0];
  while (index < ends[1] && plan.runs()[index + 1].first_position <= position) ++index;
  return plan.runs()[index].first_address + (position - plan.runs()[index].first_position);
}

std::uint32_t slot_in(const View& view, Position position) {
  for (const nextline::Run& run : view) {
    if (position < run.first_position + run.length) {
      return run.first_slot + (position - run.first_position);
    }
  }
  return 0;
}

TEST(AttentionPlan, EachRowSeesItsOwnSlotsOnceInEachBlock) {
  test::Random random{1};
  for (int round = 0; round < 40; ++round) {
    const Batch batch = random_batch(1 + static_cast<std::uint32_t>(random.below(5)),
                                     static_cast<Position>(random.below(900)), random);
    std::vector<std::uint32_t> rows(batch.rows.size());
    std::iota(rows.begin(), rows.end(), 0U);
    AttentionPlan plan;
    plan.plan(kShape, batch, rows, kPages.addresses());
    std::map<std::pair<std::uint32_t, std::uint32_t>, int> seen;  // Times, by row and block.
    for (const AttentionItem& item : plan.items()) {
      ASSERT_LE(item.row_count, plan.most_rows());
      ASSERT_LE(item.row_count * kShape.heads_per_kv, kShape.most_queries);
      for (std::uint32_t i = 0; i < item.row_count; ++i) {
        const AttentionRow& row = plan.rows()[item.first_row + i];
        ASSERT_TRUE(i == 0 || plan.rows()[item.first_row + i - 1].position <= row.position);
        for (std::uint32_t block = item.first_block; block < item.end_block; ++block) {
          ++seen[{row.row, block}];
          const Position begin = block * kAttentionBlock;
          const Position end = std::min(begin + kAttentionBlock, row.position + 1);
          for (Position position = begin; position < end; ++position) {
            ASSERT_EQ(
                address_in(plan, item, block, position),
                kPages.addresses().of(slot_in(batch.views[batch.rows[row.row].view], position)));
          }
        }
      }
    }
    for (const std::uint32_t row : rows) {
      for (Position begin = 0; begin <= batch.rows[row].position; begin += kAttentionBlock) {
        EXPECT_EQ((seen[{row, begin / kAttentionBlock}]), 1);
      }
    }
  }
}

TEST(AttentionPlan, LeavesOfATreeReadWhatTheyHaveInCommonOnce) {
  Batch batch;
  for (std::uint32_t leaf = 0; leaf < 4; ++leaf) {
    batch.views.push_back({{0, 1000, 0, 0}, {1000, 1, 2000 + leaf, 1000}});
    batch.rows.push_back({0, 1000, 2000 + leaf, leaf, true});
  }
  AttentionPlan plan;
  plan.plan(kShape, batch, std::vector<std::uint32_t>{0, 1, 2, 3}, kPages.addresses());
  EXPECT_FALSE(plan.folds());
  // Three blocks in common, the last of each leaf's own.
  EXPECT_EQ(plan.items().size(), 3U + 4U);
  EXPECT_EQ(plan.most_rows(), 4U);
  EXPECT_EQ(plan.output_count(), 4U);
}

TEST(AttentionPlan, TilesFoldWhereThereAreEnough) {
  Batch batch;
  batch.views.push_back({{0, 1200, 0, 0}});
  std::vector<std::uint32_t> rows;
  for (Position position = 0; position < 1200; ++position) {
    batch.rows.push_back({0, position, position, 0, false});
    rows.push_back(position);
  }
  AttentionPlan plan;
  plan.plan(kShape, batch, rows, kPages.addresses());
  EXPECT_TRUE(plan.folds());
  EXPECT_EQ(plan.items().size(), 300U);
  EXPECT_EQ(plan.items().front().end_block, 5U);  // The longest first.
  plan.plan(kShape, batch, std::vector<std::uint32_t>{1199}, kPages.addresses());
  EXPECT_FALSE(plan.folds());
  EXPECT_EQ(plan.items().size(), 5U);
}

TEST(AttentionPlan, KeyHeadsOfManyHeadsAreTakenInParts) {
  Batch batch;
  batch.views.push_back({{0, 3, 0, 0}});
  batch.rows.push_back({0, 2, 2, 0, true});
  AttentionPlan::Shape shape = kShape;
  shape.heads_per_kv = 71;
  AttentionPlan plan;
  plan.plan(shape, batch, std::vector<std::uint32_t>{0}, kPages.addresses());
  EXPECT_EQ(plan.parts(), 3U);
  EXPECT_EQ(plan.heads_per_item(), 24U);
}

}  // namespace
}  // namespace nextline::cuda
