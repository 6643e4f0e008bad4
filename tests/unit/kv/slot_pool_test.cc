#include "engine/kv/slot_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/random.h"

namespace nextline {
namespace {

using ::testing::ElementsAre;

TEST(SlotPool, GivesOneRangeWhereItCan) {
  SlotPool pool(10);
  EXPECT_THAT(*pool.allocate(4, std::nullopt), ElementsAre(SlotRange{0, 4}));
  EXPECT_EQ(pool.free_count(), 6U);
}

TEST(SlotPool, ContinuesBehindThePreferredSlot) {
  SlotPool pool(10);
  EXPECT_THAT(*pool.allocate(2, 5), ElementsAre(SlotRange{5, 2}));
  EXPECT_THAT(*pool.allocate(2, 7), ElementsAre(SlotRange{7, 2}));
}

TEST(SlotPool, FillsUpTheRunBehindThePreferredSlotFirst) {
  SlotPool pool(10);
  EXPECT_THAT(*pool.allocate(4, 8), ElementsAre(SlotRange{8, 2}, SlotRange{0, 2}));
}

TEST(SlotPool, IgnoresAPreferredSlotThatIsTaken) {
  SlotPool pool(10);
  ASSERT_TRUE(pool.allocate(5, std::nullopt));
  EXPECT_THAT(*pool.allocate(2, 3), ElementsAre(SlotRange{5, 2}));
}

TEST(SlotPool, TakesTheLargestRangesFirst) {
  SlotPool pool(10);
  ASSERT_TRUE(pool.allocate(10, std::nullopt));
  pool.release({0, 2});
  pool.release({4, 3});
  EXPECT_THAT(*pool.allocate(4, std::nullopt), ElementsAre(SlotRange{4, 3}, SlotRange{0, 1}));
}

TEST(SlotPool, JoinsWhatIsReleased) {
  SlotPool pool(9);
  ASSERT_TRUE(pool.allocate(9, std::nullopt));
  pool.release({0, 3});
  pool.release({6, 3});
  pool.release({3, 3});
  EXPECT_THAT(*pool.allocate(9, std::nullopt), ElementsAre(SlotRange{0, 9}));
}

TEST(SlotPool, GivesNothingWhereTooFewAreFree) {
  SlotPool pool(3);
  EXPECT_FALSE(pool.allocate(4, std::nullopt));
  EXPECT_EQ(pool.free_count(), 3U);
}

TEST(SlotPool, ASlotIsFreeOnceAllItsHoldersHaveReleasedIt) {
  SlotPool pool(8);
  pool.allocate(6, std::nullopt);
  pool.hold({2, 2});
  EXPECT_TRUE(pool.is_shared(2));
  EXPECT_FALSE(pool.is_shared(4));
  pool.release({0, 6});
  EXPECT_EQ(pool.free_count(), 6U);
  EXPECT_FALSE(pool.is_shared(2));
  pool.release({2, 2});
  EXPECT_EQ(pool.free_count(), 8U);
  EXPECT_EQ(pool.allocate(8, std::nullopt), (std::vector<SlotRange>{{0, 8}}));
}

TEST(SlotPool, AgreesWithASetOfSlots) {
  test::Random random(7);
  constexpr std::uint32_t kSlots = 64;
  SlotPool pool(kSlots);
  std::set<Slot> taken;
  for (int step = 0; step < 5000; ++step) {
    if (random.below(2) == 0) {
      const auto count = static_cast<std::uint32_t>(random.below(8));
      const auto ranges = pool.allocate(count, static_cast<Slot>(random.below(kSlots)));
      ASSERT_EQ(ranges.has_value(), count <= kSlots - taken.size());
      if (!ranges) continue;
      std::uint32_t given = 0;
      for (const SlotRange& range : *ranges) {
        given += range.length;
        for (std::uint32_t i = 0; i < range.length; ++i) {
          ASSERT_TRUE(taken.insert(range.first + i).second) << "a slot was given twice";
        }
      }
      ASSERT_EQ(given, count);
    } else if (!taken.empty()) {
      const auto slot = std::next(taken.begin(), static_cast<long>(random.below(taken.size())));
      pool.release({*slot, 1});
      taken.erase(slot);
    }
    ASSERT_EQ(pool.free_count(), kSlots - taken.size());
  }
}

}  // namespace
}  // namespace nextline
