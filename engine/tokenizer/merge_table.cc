#include "engine/tokenizer/merge_table.h"

#include <bit>
#include <limits>

namespace nextline {
namespace {

// Token ids are never negative, so no pair looks like this.
constexpr std::uint64_t kEmptySlot = std::numeric_limits<std::uint64_t>::max();

}  // namespace

MergeTable::MergeTable(std::size_t merge_count)
    : slots_(std::bit_ceil(merge_count + merge_count / 2 + 2), Slot{kEmptySlot, {}}),
      hash_shift_(64 - static_cast<unsigned>(std::countr_zero(slots_.size()))) {}

void MergeTable::add(TokenId left, TokenId right, Merge merge) {
  const std::uint64_t pair = pair_of(left, right);
  Slot& slot = slots_[slot_of(pair)];
  if (slot.pair == kEmptySlot) slot = {pair, merge};
}

const Merge* MergeTable::find(TokenId left, TokenId right) const {
  const Slot& slot = slots_[slot_of(pair_of(left, right))];
  return slot.pair == kEmptySlot ? nullptr : &slot.merge;
}

std::uint64_t MergeTable::pair_of(TokenId left, TokenId right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
         static_cast<std::uint32_t>(right);
}

std::size_t MergeTable::slot_of(std::uint64_t pair) const {
  // Fibonacci hashing (Knuth, The Art of Computer Programming 3, section 6.4): 2^64 divided by the
  // golden ratio; the upper bits of the product are well mixed.
  constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;
  std::size_t slot = (pair * kGoldenRatio) >> hash_shift_;
  while (slots_[slot].pair != kEmptySlot && slots_[slot].pair != pair) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

}  // namespace nextline
