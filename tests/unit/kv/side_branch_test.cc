// A sequence's side branch: tokens that follow its beginning.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

#include "engine/kv/kv_sequence.h"
#include "tests/support/random.h"

namespace nextline {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using Place = PlannedToken::Place;

/// Holds nothing, so that a sequence can be compacted.
class EmptyStorage final : public KvStorage {
 public:
  std::uint32_t slot_count() const override { return 256; }
  std::size_t slot_bytes() const override { return 0; }
  KvType kv_type() const override { return KvType::kFloat32; }
  void read(Slot, std::uint32_t, std::span<float>, std::span<float>) const override {}
  void move(std::span<const SlotMove>) override {}
  void save(std::span<const Slot>, std::span<std::byte>) const override {}
  void load(std::span<const Slot>, std::span<const std::byte>) override {}
};

class SideBranchTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kSlots = 256;

  static std::vector<DraftToken> chain(const std::vector<TokenId>& tokens) {
    std::vector<DraftToken> draft;
    for (const TokenId token : tokens) {
      const auto row = static_cast<std::uint32_t>(draft.size());
      draft.push_back({token, row == 0 ? std::nullopt : std::optional(row - 1)});
    }
    return draft;
  }
  Pass plan(std::vector<PlannedToken> tokens, std::vector<DraftToken> draft, std::uint32_t fork,
            std::vector<DraftToken> side) {
    auto pass = sequence_.plan(tokens, draft, {fork, side});
    EXPECT_TRUE(pass.has_value());
    return std::move(*pass);
  }
  void insert(std::uint32_t index, std::vector<TokenId> tokens) {
    std::vector<PlannedToken> planned;
    for (const TokenId token : tokens) planned.push_back({token, Place::kInsert, index});
    sequence_.commit(plan(planned, {}, 0, {}));
  }
  /// Appends one token to the side branch, and gives its slot.
  Slot extend_side(std::uint32_t fork, TokenId token) {
    Pass pass = plan({}, {}, fork, {{token, {}}});
    const Slot slot = pass.batch().rows.front().slot;
    sequence_.commit(std::move(pass), {}, std::vector<std::uint32_t>{0});
    return slot;
  }

  static std::vector<Slot> slots_seen(const Pass& pass, std::size_t row_index) {
    const BatchRow& row = pass.batch().rows[row_index];
    std::vector<Slot> slots;
    for (const nextline::Run& run : pass.batch().views[row.view]) {
      for (std::uint32_t i = 0; i < run.length; ++i) {
        if (run.first_position + i <= row.position) slots.push_back(run.first_slot + i);
      }
    }
    return slots;
  }
  std::uint32_t taken() const { return kSlots - pool_.free_count(); }

  SlotPool pool_{kSlots};
  KvSequence sequence_{pool_};
};

TEST_F(SideBranchTest, ItsRowsSeeTheBeginningAndThoseBeforeThem) {
  insert(0, {10, 11, 12, 13});
  const Slot first = extend_side(2, 30);
  const Pass pass = plan({}, {{20, {}}}, 2, {{31, {}}, {32, 0}, {33, 0}});
  const auto& rows = pass.batch().rows;
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_THAT(slots_seen(pass, 0), ElementsAre(0, 1, 2, 3, rows[0].slot));
  EXPECT_THAT(slots_seen(pass, 1), ElementsAre(0, 1, first, rows[1].slot));
  EXPECT_THAT(slots_seen(pass, 2), ElementsAre(0, 1, first, rows[1].slot, rows[2].slot));
  EXPECT_THAT(slots_seen(pass, 3), ElementsAre(0, 1, first, rows[1].slot, rows[3].slot));
  EXPECT_EQ(rows[1].position, 3U);
  EXPECT_TRUE(rows[1].wants_logits);
}

TEST_F(SideBranchTest, TheSequenceDoesNotSeeIt) {
  insert(0, {10, 11});
  const Slot side = extend_side(1, 30);
  const Pass pass = plan({{12, Place::kInsert, 2}}, {{13, {}}}, 1, {{31, {}}});
  EXPECT_THAT(slots_seen(pass, 0), ::testing::Not(::testing::Contains(side)));
  EXPECT_THAT(slots_seen(pass, 1), ::testing::Not(::testing::Contains(side)));
  EXPECT_THAT(sequence_.tokens(), ElementsAre(10, 11));
}

TEST_F(SideBranchTest, ALineAppendedToBothLiesInOneRunEach) {
  insert(0, {10, 11, 12});
  for (TokenId token = 20; token < 60; ++token) {
    const std::vector<std::uint32_t> accepted = {0};
    sequence_.commit(plan({}, {{token, {}}}, 2, {{token, {}}}), accepted, accepted);
  }
  EXPECT_EQ(sequence_.pieces().size(), 1U);
  EXPECT_EQ(sequence_.side_tokens().size(), 40U);
  const Pass pass = plan({}, {}, 2, {{60, {}}});
  EXPECT_EQ(pass.batch().views.back().size(), 2U) << "the beginning, and the branch";
}

TEST_F(SideBranchTest, OnlyAcceptedTokensAreCommitted) {
  insert(0, {10, 11, 12});
  const std::vector<std::uint32_t> accepted = {0, 1};
  sequence_.commit(plan({}, chain({20, 21, 22}), 1, chain({20, 21, 22})), accepted, accepted);
  EXPECT_THAT(sequence_.tokens(), ElementsAre(10, 11, 12, 20, 21));
  EXPECT_THAT(sequence_.side_tokens(), ElementsAre(20, 21));
  EXPECT_EQ(taken(), 7U);
  sequence_.commit(plan({}, {}, 1, {{30, {}}, {31, {}}}), {}, std::vector<std::uint32_t>{1});
  EXPECT_THAT(sequence_.side_tokens(), ElementsAre(20, 21, 31));
  EXPECT_EQ(taken(), 8U);
}

TEST_F(SideBranchTest, APassThatIsNotCommittedLeavesNoTrace) {
  insert(0, {10, 11, 12});
  extend_side(1, 20);
  { const Pass pass = plan({}, chain({30}), 1, chain({30, 31})); }
  EXPECT_THAT(sequence_.side_tokens(), ElementsAre(20));
  EXPECT_EQ(taken(), 4U);
}

TEST_F(SideBranchTest, AChangeBeforeItsForkDropsIt) {
  const auto expect_dropped_by = [this](const char* what, const auto& change) {
    SCOPED_TRACE(what);
    sequence_.erase(0, sequence_.length());
    insert(0, {10, 11, 12, 13});
    extend_side(2, 20);
    change();
    EXPECT_THAT(sequence_.side_tokens(), IsEmpty());
    EXPECT_EQ(taken(), sequence_.length());
  };
  expect_dropped_by("a token is cut out", [&] { sequence_.erase(1, 1); });
  expect_dropped_by("tokens across the fork are cut out", [&] { sequence_.erase(1, 2); });
  expect_dropped_by("a token is put back", [&] { sequence_.restore(1, sequence_.remove(3, 1)); });
  expect_dropped_by("a token is computed before it", [&] { insert(1, {14}); });
  expect_dropped_by("a token is computed again", [&] {
    sequence_.commit(plan({{11, Place::kReplace, 1}}, {}, 0, {}));
  });
  expect_dropped_by("nothing else", [&] { sequence_.drop_side(); });
}

TEST_F(SideBranchTest, AChangeBehindItsForkLeavesIt) {
  insert(0, {10, 11, 12, 13});
  extend_side(2, 20);
  insert(2, {14});
  sequence_.erase(2, 2);
  sequence_.commit(plan({{13, Place::kReplace, 2}}, {}, 0, {}));
  EXPECT_THAT(sequence_.side_tokens(), ElementsAre(20));
  extend_side(2, 21);
  EXPECT_THAT(sequence_.side_tokens(), ElementsAre(20, 21));
}

TEST_F(SideBranchTest, ItCanBeginAtEitherEndOfTheSequence) {
  extend_side(0, 20);
  EXPECT_THAT(sequence_.side_tokens(), ElementsAre(20));
  sequence_.drop_side();
  insert(0, {10, 11});
  const Pass pass = plan({}, {}, 2, {{21, {}}});
  EXPECT_THAT(slots_seen(pass, 0), ElementsAre(0, 1, pass.batch().rows[0].slot));
}

TEST_F(SideBranchTest, ItsRowsCountWhereThePoolIsFull) {
  insert(0, std::vector<TokenId>(kSlots - 1, 10));
  const DraftToken token{20, {}};
  const auto pass = sequence_.plan({}, std::span(&token, 1), {1, std::span(&token, 1)});
  ASSERT_FALSE(pass.has_value());
  EXPECT_EQ(pass.error().message, "The KV cache is full: 2 slots are needed and 1 are free.");
  EXPECT_EQ(pool_.free_count(), 1U);
}

TEST_F(SideBranchTest, TheEndOfASequenceFreesItsSlots) {
  {
    KvSequence other(pool_);
    const DraftToken token{20, {}};
    other.commit(std::move(*other.plan({}, {}, {0, std::span(&token, 1)})), {},
                 std::vector<std::uint32_t>{0});
    const KvSequence moved = std::move(other);
    EXPECT_THAT(moved.side_tokens(), ElementsAre(20));
    EXPECT_EQ(taken(), 1U);
  }
  EXPECT_EQ(taken(), 0U);
}

/// Beside plain lists of the slots that the sequence and the branch have.
TEST_F(SideBranchTest, AfterRandomEditsItSeesTheBeginningAsItLies) {
  test::Random random(6);
  EmptyStorage storage;
  std::uint32_t fork = 0;
  std::vector<Slot> side;
  const auto below = [&](std::size_t bound) {
    return static_cast<std::uint32_t>(random.below(bound));
  };
  const auto changed = [&](std::uint32_t index) {
    if (index < fork) side.clear();
  };
  for (int step = 0; step < 4000; ++step) {
    const std::uint32_t length = sequence_.length();
    const std::uint32_t index = below(length + 1);
    const std::uint32_t count = std::min(length - index, below(4));
    const std::uint32_t kind = below(6);
    if (kind == 0 && length < 100) {
      insert(index, {1, 2, 3});
      changed(index);
    } else if (kind == 1) {
      sequence_.erase(index, count);
      if (count > 0) changed(index);
    } else if (kind == 2 && below(4) == 0) {
      sequence_.compact(storage);
    } else if (kind == 3 && count > 0) {
      sequence_.restore(index, sequence_.remove(index, count));
      changed(index);
    } else if (side.size() < 50) {
      if (side.empty()) fork = index;
      side.push_back(extend_side(fork, 4));
    } else {
      sequence_.drop_side();
      side.clear();
    }
    ASSERT_EQ(sequence_.side_tokens().size(), side.size()) << "after step " << step;
    ASSERT_EQ(taken(), sequence_.length() + side.size());
    if (side.empty()) continue;
    const Pass pass = plan({}, {}, fork, {{5, {}}});
    std::vector<Slot> expected = sequence_.slots();
    expected.resize(fork);
    expected.insert(expected.end(), side.begin(), side.end());
    expected.push_back(pass.batch().rows[0].slot);
    ASSERT_THAT(slots_seen(pass, 0), ElementsAreArray(expected)) << "after step " << step;
  }
}

}  // namespace
}  // namespace nextline
