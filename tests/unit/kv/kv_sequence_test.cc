#include "engine/kv/kv_sequence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "tests/support/random.h"

namespace nextline {
namespace {

using ::testing::ElementsAre;
using Place = PlannedToken::Place;

/// What a real storage holds, in short: which token's key lies in a slot and where it stands.
class ContentStorage final : public KvStorage {
 public:
  struct Content {
    TokenId token;
    std::int64_t anchor;
    bool operator==(const Content&) const = default;
  };

  std::uint32_t slot_count() const override { return static_cast<std::uint32_t>(slots_.size()); }
  std::size_t slot_bytes() const override { return sizeof(Content); }
  void read(Slot, std::uint32_t, std::span<float>, std::span<float>) const override {}
  void move(std::span<const SlotMove> moves) override {
    const std::vector<Content> before = slots_;
    std::set<Slot> reached;
    for (const SlotMove& move : moves) {
      EXPECT_TRUE(reached.insert(move.to).second);
      slots_[move.to] = {before[move.from].token, before[move.from].anchor + move.shift};
    }
  }
  KvType kv_type() const override { return KvType::kFloat32; }
  void save(std::span<const Slot> slots, std::span<std::byte> bytes) const override {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      std::memcpy(bytes.data() + i * sizeof(Content), &slots_[slots[i]], sizeof(Content));
    }
  }
  void load(std::span<const Slot> slots, std::span<const std::byte> bytes) override {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      std::memcpy(&slots_[slots[i]], bytes.data() + i * sizeof(Content), sizeof(Content));
    }
  }
  void fill(const Batch& batch) {
    for (const BatchRow& row : batch.rows) slots_[row.slot] = {row.token, row.position};
  }
  Content operator[](Slot slot) const { return slots_[slot]; }

 private:
  std::vector<Content> slots_ = std::vector<Content>(256);
};

class KvSequenceTest : public ::testing::Test {
 protected:
  Pass plan(std::vector<PlannedToken> tokens, std::vector<DraftToken> draft = {}) {
    auto pass = sequence_.plan(tokens, draft);
    EXPECT_TRUE(pass.has_value());
    storage_.fill(pass->batch());
    return std::move(*pass);
  }
  void insert(std::uint32_t index, std::vector<TokenId> tokens) {
    std::vector<PlannedToken> planned;
    for (const TokenId token : tokens) planned.push_back({token, Place::kInsert, index});
    sequence_.commit(plan(planned));
  }

  /// Each slot of the sequence holds the key of its token, turned to its anchor.
  void expect_keys_in_place() {
    std::size_t index = 0;
    for (const Piece& piece : sequence_.pieces()) {
      for (std::uint32_t i = 0; i < piece.length; ++i, ++index) {
        const ContentStorage::Content content = storage_[piece.first_slot + i];
        ASSERT_EQ(content.token, sequence_.tokens()[index]);
        ASSERT_EQ(content.anchor, piece.first_anchor + i);
      }
    }
  }

  ContentStorage storage_;
  SlotPool pool_{256};
  KvSequence sequence_{pool_};
};

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

/// The piece table beside a plain list of what each token's slot and anchor must be.
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

TEST_F(KvSequenceTest, AcceptedDraftTokensAreExactBehindExactOnes) {
  insert(0, {10, 11});
  sequence_.commit(plan({}, {{12, std::nullopt}, {13, 0}, {14, 0}}),
                   std::vector<std::uint32_t>{0, 2});
  EXPECT_THAT(sequence_.tokens(), ElementsAre(10, 11, 12, 14));
  EXPECT_EQ(sequence_.exact_until(), 4U);
}

class RandomEditsTest : public KvSequenceTest {
 protected:
  struct Entry {
    TokenId token;
    Slot slot;
    Position anchor;
    std::vector<TokenId> computed_from = {};  // The tokens up to it, if all these were exact.
  };
  /// A span that is out of the sequence, and what it must hold.
  struct Removed {
    RemovedSpan span;
    std::vector<Entry> list;
  };

  std::uint32_t below(std::size_t bound) {
    return static_cast<std::uint32_t>(random_.below(bound));
  }
  std::uint32_t length() const { return static_cast<std::uint32_t>(list_.size()); }
  std::uint32_t held_count() const {
    std::size_t count = list_.size();
    for (const Removed& removed : removed_) count += removed.list.size();
    return static_cast<std::uint32_t>(count);
  }

  std::vector<TokenId> tokens_up_to(std::uint32_t index) const {
    std::vector<TokenId> tokens;
    for (std::uint32_t i = 0; i <= index; ++i) tokens.push_back(list_[i].token);
    return tokens;
  }
  std::uint32_t exact_until() const {
    std::uint32_t exact = 0;
    while (exact < length() && list_[exact].computed_from == tokens_up_to(exact)) ++exact;
    return exact;
  }
  /// A pass has just computed tokens [first, last).
  void take_computed(std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t i = first; i < last && exact_until() == i; ++i) {
      list_[i].computed_from = tokens_up_to(i);
    }
  }
  void set_anchor(std::uint32_t index, Position anchor) {
    if (list_[index].anchor != anchor) list_[index].computed_from.clear();
    list_[index].anchor = anchor;
  }

  void insert_some() {
    if (held_count() >= 200) return;
    const std::uint32_t index = below(list_.size() + 1);
    std::vector<PlannedToken> planned;
    for (std::uint32_t i = 0; i <= below(6); ++i) {
      planned.push_back({static_cast<TokenId>(below(1000)), Place::kInsert, index});
    }
    Pass pass = plan(planned);
    std::vector<Entry> added;
    for (const BatchRow& row : pass.batch().rows)
      added.push_back({row.token, row.slot, row.position});
    list_.insert(list_.begin() + index, added.begin(), added.end());
    take_computed(index, index + static_cast<std::uint32_t>(added.size()));
    sequence_.commit(std::move(pass));
  }
  void compute_one_again() {
    if (list_.empty()) return;
    const std::uint32_t index = below(list_.size());
    Pass pass = plan({{list_[index].token, Place::kReplace, index}});
    list_[index] = {list_[index].token, pass.batch().rows[0].slot, index};
    take_computed(index, index + 1);
    sequence_.commit(std::move(pass));
  }
  void remove_some() {
    const std::uint32_t index = below(list_.size() + 1);
    const std::uint32_t count = below(std::min(length() - index, 12U) + 1);
    const auto first = list_.begin() + index;
    removed_.push_back({sequence_.remove(index, count), {first, first + count}});
    list_.erase(first, first + count);
  }
  /// Takes one of the spans that are out and either restores or drops it.
  void restore_or_drop_one() {
    if (removed_.empty()) return;
    const auto chosen = removed_.begin() + below(removed_.size());
    if (below(3) != 0) {
      const std::uint32_t index = below(list_.size() + 1);
      list_.insert(list_.begin() + index, chosen->list.begin(), chosen->list.end());
      sequence_.restore(index, std::move(chosen->span));
    }
    removed_.erase(chosen);
  }

  void compact() {
    sequence_.compact(storage_);
    std::size_t at = 0;
    for (const Piece& piece : sequence_.pieces()) {
      for (std::uint32_t i = 0; i < piece.length; ++i, ++at) {
        list_[at].slot = piece.first_slot + i;
        set_anchor(static_cast<std::uint32_t>(at), static_cast<Position>(at));
      }
    }
  }
  void rerotate_some() {
    const std::uint32_t index = below(list_.size() + 1);
    const std::uint32_t count = below(length() - index + 1);
    sequence_.rerotate(storage_, index, count);
    for (std::uint32_t i = index; i < index + count; ++i) set_anchor(i, i);
  }

  void expect_agreement() {
    ASSERT_EQ(sequence_.length(), list_.size());
    ASSERT_EQ(pool_.free_count(), 256U - held_count());
    std::size_t at = 0;
    std::set<Slot> slots;
    for (const Piece& piece : sequence_.pieces()) {
      for (std::uint32_t i = 0; i < piece.length; ++i, ++at) {
        ASSERT_EQ(sequence_.tokens()[at], list_[at].token);
        ASSERT_EQ(piece.first_slot + i, list_[at].slot);
        ASSERT_EQ(piece.first_anchor + i, list_[at].anchor);
        ASSERT_TRUE(slots.insert(piece.first_slot + i).second);
      }
    }
    ASSERT_EQ(at, list_.size());
    ASSERT_EQ(sequence_.exact_until(), exact_until());
    ASSERT_NO_FATAL_FAILURE(expect_keys_in_place());
    for (const Removed& removed : removed_) {
      ASSERT_EQ(removed.span.tokens().size(), removed.list.size());
      for (std::size_t i = 0; i < removed.list.size(); ++i) {
        ASSERT_EQ(removed.span.tokens()[i], removed.list[i].token);
        ASSERT_TRUE(slots.insert(removed.list[i].slot).second);
        ASSERT_EQ(storage_[removed.list[i].slot].token, removed.list[i].token);
        ASSERT_EQ(storage_[removed.list[i].slot].anchor, removed.list[i].anchor);
      }
    }
  }

  test::Random random_{3};
  std::vector<Entry> list_;
  std::vector<Removed> removed_;
};

TEST_F(RandomEditsTest, AgreeWithAPlainList) {
  for (int step = 0; step < 5000; ++step) {
    if (below(20) == 0) compact();
    if (below(20) == 0) rerotate_some();
    switch (below(4)) {
      case 0:
        insert_some();
        break;
      case 1:
        compute_one_again();
        break;
      case 2:
        remove_some();
        break;
      default:
        restore_or_drop_one();
        break;
    }
    ASSERT_NO_FATAL_FAILURE(expect_agreement());
  }
}

}  // namespace
}  // namespace nextline
