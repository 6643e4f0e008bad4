#include "engine/session/repair.h"

#include <gtest/gtest.h>

namespace nextline {
namespace {

TEST(Repair, StagesAreNamed) {
  for (const RepairStage stage : kRepairStages) {
    const auto only = repair_of_stages(name_of(stage), {});
    ASSERT_TRUE(only) << name_of(stage);
    for (const RepairStage other : kRepairStages) {
      EXPECT_EQ(only->most(other) > 0, other == stage) << name_of(stage) << ", " << name_of(other);
    }
  }
}

TEST(Repair, SomeStagesKeepWhatTheyTake) {
  const auto some = repair_of_stages("before_gap,markers", {.before_gap = 7, .budget = 9});
  ASSERT_TRUE(some);
  EXPECT_EQ(some->before_gap, 7U);
  EXPECT_TRUE(some->markers);
  EXPECT_EQ(some->behind_edit, 0U);
  EXPECT_EQ(some->budget, 9U);
}

TEST(Repair, AllAndNoneAreWords) {
  EXPECT_EQ(repair_of_stages("all", {})->behind_edit, RepairOptions{}.behind_edit);
  EXPECT_EQ(repair_of_stages("none", {})->most(RepairStage::kMarkers), 0U);
}

TEST(Repair, AStageMayTakeOtherThanItsTokens) {
  const auto some = repair_of_stages("before_gap:5,behind_edit,budget:12", {});
  ASSERT_TRUE(some);
  EXPECT_EQ(some->before_gap, 5U);
  EXPECT_EQ(some->behind_edit, RepairOptions{}.behind_edit);
  EXPECT_EQ(some->budget, 12U);
}

TEST(Repair, OtherWordsAreNone) {
  for (const char* const names :
       {"", "some", "markers,", ",markers", "markers behind_edit", "before_gap:", "before_gap:x",
        "before_gap:-1", "before_gap:5000000000", "markers:3", "budget", "all:3"}) {
    EXPECT_FALSE(repair_of_stages(names, {})) << names;
  }
}

}  // namespace
}  // namespace nextline
