#include <gtest/gtest.h>

#include <set>

#include "engine/kv/kv_sequence.h"
#include "tests/support/random.h"
#include "tests/unit/kv/sequence_on_content.h"

namespace nextline {
namespace {

using Place = PlannedToken::Place;
using test::KvSequenceTest;

/// The piece table beside a plain list of what each token's slot and anchor must be.
class RandomEditsTest : public KvSequenceTest, public ::testing::WithParamInterface<Shifts> {
 protected:
  RandomEditsTest() : KvSequenceTest(GetParam()) {}

  struct Entry {
    TokenId token;
    Slot slot;
    Position anchor;
    Position rotation = anchor;               // Where its key really is turned to.
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
  /// Turns a key to its position.
  void set_rotation(std::uint32_t index) {
    list_[index].rotation += index - list_[index].anchor;
    set_anchor(index, index);
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
        set_rotation(static_cast<std::uint32_t>(at));
      }
    }
  }
  void rerotate_some() {
    const std::uint32_t index = below(list_.size() + 1);
    const std::uint32_t count = below(length() - index + 1);
    sequence_.rerotate(storage_, index, count);
    for (std::uint32_t i = index; i < index + count; ++i) set_rotation(i);
  }
  /// What an edit makes of anchors where shifts are ignored.
  void forget_shifts() {
    for (std::uint32_t i = 0; i < length(); ++i) set_anchor(i, i);
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
    for (const Entry& entry : list_) {
      ASSERT_EQ(storage_[entry.slot].token, entry.token);
      ASSERT_EQ(storage_[entry.slot].anchor, entry.rotation);
    }
    for (const Removed& removed : removed_) {
      ASSERT_EQ(removed.span.tokens().size(), removed.list.size());
      for (std::size_t i = 0; i < removed.list.size(); ++i) {
        ASSERT_EQ(removed.span.tokens()[i], removed.list[i].token);
        ASSERT_TRUE(slots.insert(removed.list[i].slot).second);
        ASSERT_EQ(storage_[removed.list[i].slot].token, removed.list[i].token);
        ASSERT_EQ(storage_[removed.list[i].slot].anchor, removed.list[i].rotation);
      }
    }
  }

  test::Random random_{3};
  std::vector<Entry> list_;
  std::vector<Removed> removed_;
};

INSTANTIATE_TEST_SUITE_P(Shifts, RandomEditsTest,
                         ::testing::Values(Shifts::kFollowed, Shifts::kIgnored),
                         [](const auto& shifts) {
                           return shifts.param == Shifts::kFollowed ? "Followed" : "Ignored";
                         });

TEST_P(RandomEditsTest, AgreeWithAPlainList) {
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
    if (GetParam() == Shifts::kIgnored) forget_shifts();
    ASSERT_NO_FATAL_FAILURE(expect_agreement());
  }
}

}  // namespace
}  // namespace nextline
