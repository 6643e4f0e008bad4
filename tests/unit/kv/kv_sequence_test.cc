#include "engine/kv/kv_sequence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/kv/sequence_on_content.h"

namespace nextline {
namespace {

using ::testing::ElementsAre;
using Place = PlannedToken::Place;
using test::KvSequenceTest;

TEST_F(KvSequenceTest, AppendingInSeveralPassesMakesOnePiece) {
  insert(0, {10, 11, 12});
  insert(3, {13});
  insert(4, {14});
  EXPECT_THAT(sequence_.tokens(), ElementsAre(10, 11, 12, 13, 14));
  EXPECT_THAT(sequence_.pieces(), ElementsAre(Piece{0, 5, 0}));
}

TEST_F(KvSequenceTest, AnInsertionSplitsAPieceAndAddsOne) {
  insert(0, {10, 11, 12, 13});
  insert(2, {20, 21});
  EXPECT_THAT(sequence_.tokens(), ElementsAre(10, 11, 20, 21, 12, 13));
  EXPECT_THAT(sequence_.pieces(), ElementsAre(Piece{0, 2, 0}, Piece{4, 2, 2}, Piece{2, 2, 2}));
}

TEST_F(KvSequenceTest, ADeletionSplitsAPieceAndFreesItsSlots) {
  insert(0, {10, 11, 12, 13, 14});
  sequence_.erase(1, 2);
  EXPECT_THAT(sequence_.tokens(), ElementsAre(10, 13, 14));
  EXPECT_THAT(sequence_.pieces(), ElementsAre(Piece{0, 1, 0}, Piece{3, 2, 3}));
  EXPECT_EQ(pool_.free_count(), 256U - 3);
}

TEST_F(KvSequenceTest, ARemovedSpanComesBackAsItWas) {
  insert(0, {10, 11, 12, 13, 14});
  insert(2, {20});
  const std::vector<Piece> before(sequence_.pieces().begin(), sequence_.pieces().end());
  RemovedSpan span = sequence_.remove(1, 3);
  EXPECT_THAT(span.tokens(), ElementsAre(11, 20, 12));
  EXPECT_THAT(sequence_.tokens(), ElementsAre(10, 13, 14));
  EXPECT_EQ(pool_.free_count(), 256U - 6);  // Its slots are still its own.
  sequence_.restore(1, std::move(span));
  EXPECT_THAT(sequence_.tokens(), ElementsAre(10, 11, 20, 12, 13, 14));
  EXPECT_THAT(sequence_.pieces(), ::testing::ElementsAreArray(before));
  EXPECT_EQ(pool_.free_count(), 256U - 6);
}

TEST_F(KvSequenceTest, ARemovedSpanOutlivesOtherEdits) {
  insert(0, {10, 11, 12, 13});
  RemovedSpan span = sequence_.remove(2, 2);
  insert(2, {20, 21, 22});
  sequence_.erase(0, 1);
  sequence_.restore(1, std::move(span));
  EXPECT_THAT(sequence_.tokens(), ElementsAre(11, 12, 13, 20, 21, 22));
  // Slots and anchors of 11 to 13 continue each other again; what came between has other slots.
  EXPECT_THAT(sequence_.pieces(), ElementsAre(Piece{1, 3, 1}, Piece{4, 3, 2}));
}

TEST_F(KvSequenceTest, ADestroyedSpanFreesItsSlots) {
  insert(0, {10, 11, 12, 13});
  {
    const RemovedSpan span = sequence_.remove(1, 2);
    EXPECT_EQ(pool_.free_count(), 256U - 4);
  }
  EXPECT_EQ(pool_.free_count(), 256U - 2);
  RemovedSpan span = sequence_.remove(0, 1);
  span = sequence_.remove(0, 1);  // Takes the place of the other, which is dropped.
  EXPECT_EQ(pool_.free_count(), 256U - 1);
  EXPECT_THAT(span.tokens(), ElementsAre(13));
}

TEST_F(KvSequenceTest, ARemovedSpanCanGoToAnotherSequenceOnTheSamePool) {
  insert(0, {10, 11, 12});
  {
    KvSequence other(pool_);
    other.restore(0, sequence_.remove(1, 1));
    EXPECT_THAT(other.tokens(), ElementsAre(11));
    EXPECT_THAT(other.pieces(), ElementsAre(Piece{1, 1, 1}));
    EXPECT_EQ(pool_.free_count(), 256U - 3);
  }
  EXPECT_EQ(pool_.free_count(), 256U - 2);
}

TEST_F(KvSequenceTest, ErasingAnInsertionJoinsWhatItHadSplit) {
  insert(0, {10, 11, 12, 13});
  insert(2, {20});
  sequence_.erase(2, 1);
  EXPECT_THAT(sequence_.pieces(), ElementsAre(Piece{0, 4, 0}));
}

TEST_F(KvSequenceTest, CompactionMakesOnePiece) {
  insert(0, {10, 11, 12, 13});
  insert(2, {20, 21});
  insert(1, {30});
  sequence_.erase(3, 1);
  sequence_.compact(storage_);
  EXPECT_THAT(sequence_.tokens(), ElementsAre(10, 30, 11, 21, 12, 13));
  EXPECT_THAT(sequence_.pieces(), ElementsAre(Piece{0, 6, 0}));
  EXPECT_EQ(pool_.free_count(), 256U - 6);
  expect_keys_in_place();
}

TEST_F(KvSequenceTest, CompactionNeedsNoFreeSlots) {
  for (TokenId token = 0; token < 256; ++token)
    insert(static_cast<std::uint32_t>(token / 2), {token});
  ASSERT_EQ(pool_.free_count(), 0U);
  ASSERT_GT(sequence_.pieces().size(), 100U);
  sequence_.compact(storage_);
  EXPECT_THAT(sequence_.pieces(), ElementsAre(Piece{0, 256, 0}));
  expect_keys_in_place();
}

TEST_F(KvSequenceTest, CompactionGoesRoundTheSlotsThatOthersHold) {
  insert(0, std::vector<TokenId>(250, 1));
  RemovedSpan span = sequence_.remove(100, 10);
  sequence_.compact(storage_);
  EXPECT_THAT(sequence_.pieces(), ElementsAre(Piece{110, 146, 0}, Piece{0, 94, 146}));
  expect_keys_in_place();
  sequence_.restore(100, std::move(span));
  EXPECT_EQ(pool_.free_count(), 6U);
  expect_keys_in_place();
}

TEST_F(KvSequenceTest, RerotationTurnsKeysWhereTheyLie) {
  insert(0, {10, 11, 12, 13, 14});
  sequence_.erase(1, 1);
  sequence_.rerotate(storage_, 2, 1);
  EXPECT_THAT(sequence_.pieces(),
              ElementsAre(Piece{0, 1, 0}, Piece{2, 1, 2}, Piece{3, 1, 2}, Piece{4, 1, 4}));
  expect_keys_in_place();
  sequence_.rerotate(storage_, 0, 4);
  EXPECT_THAT(sequence_.pieces(), ElementsAre(Piece{0, 1, 0}, Piece{2, 3, 1}));
  expect_keys_in_place();
}

TEST_F(KvSequenceTest, AnEmptySequenceCanBeCompacted) {
  sequence_.compact(storage_);
  sequence_.rerotate(storage_, 0, 0);
  EXPECT_TRUE(sequence_.pieces().empty());
  EXPECT_EQ(pool_.free_count(), 256U);
}

TEST_F(KvSequenceTest, ATokenComputedAgainTakesANewSlotAtItsPresentPosition) {
  insert(0, {10, 11, 12, 13});
  sequence_.erase(0, 1);
  sequence_.commit(plan({{12, Place::kReplace, 1}}));
  EXPECT_THAT(sequence_.tokens(), ElementsAre(11, 12, 13));
  EXPECT_THAT(sequence_.pieces(), ElementsAre(Piece{1, 1, 1}, Piece{4, 1, 1}, Piece{3, 1, 3}));
  EXPECT_EQ(pool_.free_count(), 256U - 3);
}

TEST_F(KvSequenceTest, RowsSeeTheSequenceAsItWillBe) {
  insert(0, {10, 11, 12, 13});
  const Pass pass = plan({{20, Place::kInsert, 1}, {12, Place::kReplace, 2}});
  ASSERT_EQ(pass.batch().rows.size(), 2U);
  EXPECT_EQ(pass.batch().rows[0].position, 1U);
  EXPECT_EQ(pass.batch().rows[1].position, 3U);
  const View& view = pass.batch().views[pass.batch().rows[1].view];
  ASSERT_EQ(view.size(), 5U);
  EXPECT_EQ(view[1].first_slot, pass.batch().rows[0].slot);
  EXPECT_EQ(view[2].first_slot, 1U);         // Token 11 moved up by one …
  EXPECT_EQ(view[2].query_position(3), 2U);  // … so the query stands one lower for it.
  EXPECT_EQ(view[3].first_slot, pass.batch().rows[1].slot);
  EXPECT_EQ(view[3].query_position(3), 3U);
}

TEST_F(KvSequenceTest, APassThatIsNotCommittedLeavesNoTrace) {
  insert(0, {10, 11, 12});
  const std::vector<Piece> before(sequence_.pieces().begin(), sequence_.pieces().end());
  const std::uint32_t free_before = pool_.free_count();
  {
    const Pass pass =
        plan({{20, Place::kInsert, 1}, {11, Place::kReplace, 1}}, {{30, {}}, {31, 0}});
  }
  EXPECT_THAT(sequence_.tokens(), ElementsAre(10, 11, 12));
  EXPECT_THAT(sequence_.pieces(), ::testing::ElementsAreArray(before));
  EXPECT_EQ(pool_.free_count(), free_before);
}

TEST_F(KvSequenceTest, BranchesOfADraftSeeTheirAncestorsOnly) {
  insert(0, {10, 11});
  const Pass pass = plan({}, {{20, {}}, {21, 0}, {22, 0}, {23, {}}});
  const Batch& batch = pass.batch();
  const auto slots_seen = [&](std::size_t row) {
    std::vector<Slot> slots;
    for (const nextline::Run& run : batch.views[batch.rows[row].view]) {
      for (std::uint32_t i = 0; i < run.length; ++i) {
        if (run.first_position + i <= batch.rows[row].position) slots.push_back(run.first_slot + i);
      }
    }
    return slots;
  };
  EXPECT_THAT(slots_seen(0), ElementsAre(0, 1, batch.rows[0].slot));
  EXPECT_THAT(slots_seen(1), ElementsAre(0, 1, batch.rows[0].slot, batch.rows[1].slot));
  EXPECT_THAT(slots_seen(2), ElementsAre(0, 1, batch.rows[0].slot, batch.rows[2].slot));
  EXPECT_THAT(slots_seen(3), ElementsAre(0, 1, batch.rows[3].slot));
}

TEST_F(KvSequenceTest, OnlyAcceptedDraftTokensAreCommitted) {
  insert(0, {10});
  sequence_.commit(plan({{11, Place::kInsert, 1}}, {{20, {}}, {21, 0}, {22, 0}, {23, 2}}),
                   std::vector<std::uint32_t>{0, 2});
  EXPECT_THAT(sequence_.tokens(), ElementsAre(10, 11, 20, 22));
  EXPECT_EQ(pool_.free_count(), 256U - 4);
}

TEST_F(KvSequenceTest, AFullPoolIsAnError) {
  const std::vector<PlannedToken> tokens(257, {1, Place::kInsert, 0});
  const auto pass = sequence_.plan(tokens);
  ASSERT_FALSE(pass.has_value());
  EXPECT_EQ(pass.error().message, "The KV cache is full: 257 slots are needed and 256 are free.");
}

TEST_F(KvSequenceTest, TheEndOfASequenceFreesItsSlots) {
  {
    KvSequence other(pool_);
    const std::vector<PlannedToken> tokens(5, {1, Place::kInsert, 0});
    other.commit(std::move(*other.plan(tokens)));
    const KvSequence moved = std::move(other);
    EXPECT_EQ(pool_.free_count(), 251U);
  }
  EXPECT_EQ(pool_.free_count(), 256U);
}

TEST_F(KvSequenceTest, TheExactPrefixEndsWhereAnEditWasMade) {
  insert(0, {10, 11, 12, 13});
  EXPECT_EQ(sequence_.exact_until(), 4U);
  insert(2, {20});
  EXPECT_EQ(sequence_.exact_until(), 3U);  // The new token saw what is before it now.
  sequence_.erase(1, 1);
  EXPECT_EQ(sequence_.exact_until(), 1U);
}

TEST_F(KvSequenceTest, ATokenThatIsComputedBehindStaleOnesIsStale) {
  insert(0, {10, 11, 12, 13});
  sequence_.erase(1, 1);
  insert(3, {14});
  EXPECT_EQ(sequence_.exact_until(), 1U);
  sequence_.commit(plan({{12, Place::kReplace, 1}, {13, Place::kReplace, 2}}));
  EXPECT_EQ(sequence_.exact_until(), 3U);
  sequence_.commit(plan({{14, Place::kReplace, 3}}));
  EXPECT_EQ(sequence_.exact_until(), 4U);
}

TEST_F(KvSequenceTest, AnEditThatIsTakenBackIsExactAgainUpToWhatWasComputedMeanwhile) {
  insert(0, {10, 11, 12, 13, 14});
  RemovedSpan removed = sequence_.remove(1, 1);
  sequence_.commit(plan({{13, Place::kReplace, 2}}));
  sequence_.restore(1, std::move(removed));
  EXPECT_EQ(sequence_.exact_until(), 3U);
}

TEST_F(KvSequenceTest, ATurnedKeyIsStaleEvenWhereItWasComputed) {
  insert(0, {10, 11, 12, 13});
  RemovedSpan removed = sequence_.remove(1, 1);
  sequence_.compact(storage_);
  sequence_.restore(1, std::move(removed));
  EXPECT_EQ(sequence_.exact_until(), 2U);
}

class MisplacedKeysTest : public KvSequenceTest {
 protected:
  MisplacedKeysTest() : KvSequenceTest(Shifts::kIgnored) {}
};

TEST_F(MisplacedKeysTest, AnchorsArePositionsThoughNoKeyIsTouched) {
  insert(0, {10, 11, 12, 13});
  insert(1, {20});
  sequence_.erase(2, 1);
  EXPECT_THAT(sequence_.tokens(), ElementsAre(10, 20, 12, 13));
  EXPECT_THAT(sequence_.pieces(), ElementsAre(Piece{0, 1, 0}, Piece{4, 1, 1}, Piece{2, 2, 2}));
  insert(2, {21});
  EXPECT_THAT(sequence_.pieces(), ElementsAre(Piece{0, 1, 0}, Piece{4, 2, 1}, Piece{2, 2, 3}));
  EXPECT_EQ(storage_[3].anchor, 3);
  sequence_.compact(storage_);
  EXPECT_THAT(sequence_.pieces(), ElementsAre(Piece{0, 5, 0}));
  EXPECT_EQ(storage_[4].anchor, 3);
}

TEST_F(MisplacedKeysTest, RowsOfAPassSeeNoShifts) {
  insert(0, {10, 11, 12});
  const Pass pass = plan({{20, Place::kInsert, 1}, {13, Place::kInsert, 3}}, {{14, std::nullopt}});
  for (const View& view : pass.batch().views) {
    for (const nextline::Run& run : view) EXPECT_EQ(run.first_anchor, run.first_position);
  }
  EXPECT_EQ(pass.batch().rows[2].position, 5U);
}

TEST_F(MisplacedKeysTest, WhatHasMovedIsStaleEvenWhereItMovesBack) {
  insert(0, {10, 11, 12, 13});
  sequence_.restore(1, sequence_.remove(1, 1));
  EXPECT_EQ(sequence_.exact_until(), 2U);
  sequence_.commit(plan({{12, Place::kReplace, 2}, {13, Place::kReplace, 3}}));
  EXPECT_EQ(sequence_.exact_until(), 4U);
  insert(2, {20});
  sequence_.erase(2, 1);
  EXPECT_EQ(sequence_.exact_until(), 2U);
}

TEST_F(KvSequenceTest, AcceptedDraftTokensAreExactBehindExactOnes) {
  insert(0, {10, 11});
  sequence_.commit(plan({}, {{12, std::nullopt}, {13, 0}, {14, 0}}),
                   std::vector<std::uint32_t>{0, 2});
  EXPECT_THAT(sequence_.tokens(), ElementsAre(10, 11, 12, 14));
  EXPECT_EQ(sequence_.exact_until(), 4U);
}

}  // namespace
}  // namespace nextline
