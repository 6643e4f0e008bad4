#include "engine/kv/slot_pool.h"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace nextline {

SlotPool::SlotPool(std::uint32_t slot_count) : slot_count_(slot_count), free_count_(slot_count) {
  if (slot_count > 0) free_.emplace(0, slot_count);
}

std::optional<std::vector<SlotRange>> SlotPool::allocate(std::uint32_t count,
                                                         std::optional<Slot> preferred) {
  if (count > free_count_) return std::nullopt;
  std::vector<SlotRange> ranges;
  if (preferred && count > 0) {
    auto range = free_.upper_bound(*preferred);
    if (range != free_.begin()) {
      --range;
      const Slot end = range->first + range->second;
      if (*preferred < end) {
        ranges.push_back(take(range, *preferred, std::min(count, end - *preferred)));
        count -= ranges.back().length;
      }
    }
  }
  while (count > 0) {
    // The largest range, so that there are few; cut from its front.
    const auto largest =
        std::max_element(free_.begin(), free_.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    ranges.push_back(take(largest, largest->first, std::min(count, largest->second)));
    count -= ranges.back().length;
  }
  return ranges;
}

SlotRange SlotPool::take(FreeRanges::iterator range, Slot first, std::uint32_t count) {
  const Slot range_first = range->first;
  const Slot range_end = range->first + range->second;
  assert(range_first <= first && first + count <= range_end);
  free_.erase(range);
  if (range_first < first) free_.emplace(range_first, first - range_first);
  if (first + count < range_end) free_.emplace(first + count, range_end - first - count);
  free_count_ -= count;
  untouched_from_ = std::max(untouched_from_, first + count);
  return {first, count};
}

void SlotPool::hold(SlotRange range) {
  further_holders_.resize(slot_count_);
  for (Slot slot = range.first; slot < range.first + range.length; ++slot) {
    ++further_holders_[slot];
  }
}

void SlotPool::release(SlotRange range) {
  const Slot end = range.first + range.length;
  for (Slot first = range.first; first < end;) {
    Slot last = first;
    while (last < end && !is_shared(last)) ++last;
    make_free({first, last - first});
    for (; last < end && is_shared(last); ++last) --further_holders_[last];
    first = last;
  }
}

void SlotPool::make_free(SlotRange range) {
  if (range.length == 0) return;
  assert(range.first + range.length <= slot_count_);
  auto next = free_.lower_bound(range.first);
  assert(next == free_.end() || range.first + range.length <= next->first);
  free_count_ += range.length;
  if (next != free_.end() && range.first + range.length == next->first) {
    range.length += next->second;
    next = free_.erase(next);
  }
  if (next != free_.begin()) {
    const auto previous = std::prev(next);
    assert(previous->first + previous->second <= range.first);
    if (previous->first + previous->second == range.first) {
      previous->second += range.length;
      return;
    }
  }
  free_.emplace_hint(next, range.first, range.length);
}

}  // namespace nextline
