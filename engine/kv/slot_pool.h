#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace nextline {

/// The number of a place in a KvStorage that holds the keys and values of one token.
using Slot = std::uint32_t;

/// Consecutive slots.
struct SlotRange {
  Slot first;
  std::uint32_t length;
  bool operator==(const SlotRange&) const = default;
};

/// Which slots of a storage are free. Ranges are kept coalesced, and an allocation continues the
/// slots that precede it where it can, so that text typed in one go lies in one run.
/// Not thread-safe: used by the thread that edits the sequences of the storage.
class SlotPool {
 public:
  explicit SlotPool(std::uint32_t slot_count);

  /// `count` slots in as few ranges as the pool allows, or nothing if fewer are free. Where the
  /// slots from `preferred` on are free, they are taken.
  std::optional<std::vector<SlotRange>> allocate(std::uint32_t count,
                                                 std::optional<Slot> preferred);

  /// Gives slots back; they must have been allocated. Those that have further holders stay taken
  /// until these have released them, too.
  void release(SlotRange range);

  /// Has taken slots have one holder more.
  void hold(SlotRange range);
  /// Whether a taken slot has more than one holder.
  bool is_shared(Slot slot) const {
    return !further_holders_.empty() && further_holders_[slot] > 0;
  }

  std::uint32_t free_count() const { return free_count_; }
  std::uint32_t slot_count() const { return slot_count_; }
  /// Slots from this one on have never been handed out: they have taken no memory yet.
  Slot untouched_from() const { return untouched_from_; }

 private:
  using FreeRanges = std::map<Slot, std::uint32_t>;  // first slot → length

  SlotRange take(FreeRanges::iterator range, Slot first, std::uint32_t count);
  void make_free(SlotRange range);

  std::uint32_t slot_count_;
  std::uint32_t free_count_;
  Slot untouched_from_ = 0;
  FreeRanges free_;
  std::vector<std::uint8_t> further_holders_;  // By slot, once any has had one.
};

}  // namespace nextline
