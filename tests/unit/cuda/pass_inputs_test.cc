#include "engine/backend/cuda/pass_inputs.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "engine/backend/cuda/pass_shape.h"

namespace {
thread_local std::size_t allocations = 0;  // Of this thread, by `new`.
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace nextline::cuda {
namespace {

constexpr AttentionPlan::Shape kShape = {2, 2, 32, 132, 264, std::size_t{1} << 30};

/// Leaves behind a text of so many tokens, in slots from a first one on.
Batch leaves_behind(Position length, std::uint32_t leaves, Slot first_slot) {
  Batch batch;
  for (std::uint32_t leaf = 0; leaf < leaves; ++leaf) {
    const Slot own = first_slot + length + leaf;
    batch.views.push_back({{0, length, first_slot, 0}, {length, 1, own, length}});
    batch.rows.push_back({static_cast<TokenId>(5 + leaf), length, own, leaf, true});
  }
  return batch;
}

class PassInputsTest : public ::testing::Test {
 protected:
  PassInputsTest() {
    for (std::uint32_t page = 0; page < 64; ++page) pages_.push_back(memory_ + page * kPageSlots);
  }

  bool prepare(const Batch& batch, const Sampling& sampling = {}) {
    return inputs_.prepare(batch, sampling, kShape, {pages_, 1});
  }

  std::unique_ptr<DeviceContext> device_ = std::move(DeviceContext::open(0)).value();
  PassInputs inputs_{*device_};
  std::byte memory_[64 * kPageSlots];  // That slots lie in, a byte each.
  std::vector<std::byte*> pages_;
};

TEST_F(PassInputsTest, PassesOfOneShapeAreAtTheSamePlaces) {
  ASSERT_TRUE(prepare(leaves_behind(1100, 3, 0)));
  const AttentionGrid grid = inputs_.all_rows().grid;
  const std::size_t bytes = inputs_.bytes();
  const PassRow* const rows = inputs_.rows();
  const std::uint32_t* const asking = inputs_.asking();
  ASSERT_TRUE(prepare(leaves_behind(1200, 3, 40), {0.7F, 0.9F, 3}));
  EXPECT_EQ(inputs_.all_rows().grid, grid);
  EXPECT_EQ(inputs_.bytes(), bytes);
  EXPECT_EQ(inputs_.rows(), rows);
  EXPECT_EQ(inputs_.asking(), asking);
}

TEST_F(PassInputsTest, WhatFillsTheGridHasNoRows) {
  ASSERT_TRUE(prepare(leaves_behind(1100, 3, 0)));
  ASSERT_TRUE(inputs_.upload() && device_->synchronize());
  const PlacedPlan& plan = inputs_.all_rows();
  std::vector<AttentionItem> items(plan.grid.items);
  AttentionLists lists{};
  ASSERT_TRUE(device_->copy(&lists, plan.lists, sizeof(lists), cudaMemcpyDeviceToHost));
  ASSERT_TRUE(device_->copy(items.data(), lists.items, items.size() * sizeof(AttentionItem),
                            cudaMemcpyDeviceToHost));
  ASSERT_TRUE(device_->synchronize());
  // Four blocks in common, a fifth of each leaf's own, and one to fill the grid.
  ASSERT_EQ(items.size(), 8U);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(items[i].row_count, i < 4 ? 3U : 1U) << i;
  EXPECT_EQ(items[7].row_count, 0U);
}

TEST_F(PassInputsTest, APassThatComesAgainTakesNoMemory) {
  const Batch first = leaves_behind(1200, 12, 0);
  const Batch second = leaves_behind(1190, 12, 64);
  ASSERT_TRUE(prepare(first));
  allocations = 0;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(prepare(second));
    EXPECT_TRUE(prepare(first));
  }
  EXPECT_EQ(allocations, 0U);
}

}  // namespace
}  // namespace nextline::cuda
