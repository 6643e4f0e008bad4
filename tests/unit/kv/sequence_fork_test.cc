// Two sequences of the same tokens in the same slots.

#include <gtest/gtest.h>

#include <vector>

#include "engine/kv/kv_sequence.h"
#include "tests/unit/kv/sequence_on_content.h"

namespace nextline::test {
namespace {

class SequenceFork : public KvSequenceTest {
 protected:
  SequenceFork() { insert(0, {10, 11, 12, 13, 14, 15}); }

  static std::vector<TokenId> tokens_of(const KvSequence& sequence) {
    return {sequence.tokens().begin(), sequence.tokens().end()};
  }
};

TEST_F(SequenceFork, HasTheSameTokensInTheSameSlots) {
  const KvSequence fork = sequence_.fork();
  EXPECT_EQ(tokens_of(fork), tokens_of(sequence_));
  EXPECT_EQ(fork.slots(), sequence_.slots());
  EXPECT_EQ(fork.exact_until(), sequence_.exact_until());
}

TEST_F(SequenceFork, WhatBecomesOfItLeavesTheOtherAsItIs) {
  const std::vector<TokenId> tokens = tokens_of(sequence_);
  const std::vector<Slot> slots = sequence_.slots();
  const std::uint32_t free = pool_.free_count();
  {
    KvSequence fork = sequence_.fork();
    fork.erase(1, 2);
    const PlannedToken again{13, PlannedToken::Place::kReplace, 1};
    auto pass = fork.plan(std::vector{again});
    storage_.fill(pass->batch());
    fork.commit(std::move(*pass));
    EXPECT_NE(fork.slots()[1], slots[3]);
    EXPECT_EQ(tokens_of(sequence_), tokens);
    EXPECT_EQ(sequence_.slots(), slots);
    expect_keys_in_place();
  }
  EXPECT_EQ(pool_.free_count(), free);
}

TEST_F(SequenceFork, KeepsItsSlotsWhenTheOtherGivesThemBack) {
  const std::vector<Slot> slots = sequence_.slots();
  const std::uint32_t free = pool_.free_count();
  {
    const KvSequence fork = sequence_.fork();
    sequence_.erase(0, 6);
    EXPECT_EQ(pool_.free_count(), free);
    EXPECT_EQ(fork.slots(), slots);
  }
  EXPECT_EQ(pool_.free_count(), free + 6);
}

TEST_F(SequenceFork, ARemovedSpanIsRestoredInBoth) {
  RemovedSpan removed = sequence_.remove(2, 3);
  RemovedSpan same = removed.fork();
  KvSequence fork = sequence_.fork();
  fork.restore(2, std::move(same));
  sequence_.restore(2, std::move(removed));
  EXPECT_EQ(fork.slots(), sequence_.slots());
  EXPECT_EQ(fork.exact_until(), 6U);
}

}  // namespace
}  // namespace nextline::test
