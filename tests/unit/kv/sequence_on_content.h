#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <vector>

#include "engine/kv/kv_sequence.h"

namespace nextline::test {

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

/// A sequence whose passes fill a ContentStorage.
class KvSequenceTest : public ::testing::Test {
 protected:
  explicit KvSequenceTest(Shifts shifts = Shifts::kFollowed) : sequence_(pool_, shifts) {}

  Pass plan(std::vector<PlannedToken> tokens, std::vector<DraftToken> draft = {}) {
    auto pass = sequence_.plan(tokens, draft);
    EXPECT_TRUE(pass.has_value());
    storage_.fill(pass->batch());
    return std::move(*pass);
  }
  void insert(std::uint32_t index, std::vector<TokenId> tokens) {
    std::vector<PlannedToken> planned;
    for (const TokenId token : tokens)
      planned.push_back({token, PlannedToken::Place::kInsert, index});
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
  KvSequence sequence_;
};

}  // namespace nextline::test
