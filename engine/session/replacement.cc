#include "engine/session/replacement.h"

#include <algorithm>

namespace nextline {

void Replacements::add(std::size_t offset, std::size_t removed, std::size_t inserted) {
  // Those that the edit overlaps or touches are joined with it.
  const auto first = std::partition_point(
      list_.begin(), list_.end(), [&](const Replacement& r) { return r.new_last < offset; });
  const auto last = std::partition_point(
      first, list_.end(), [&](const Replacement& r) { return r.new_first <= offset + removed; });
  // How far the present text is behind the old one at the edit's two ends.
  const auto shift_before = [&](auto place) {
    return place == list_.begin() ? std::size_t{0}
                                  : std::prev(place)->new_last - std::prev(place)->old_last;
  };
  Replacement joined{offset - shift_before(first), offset + removed - shift_before(last), offset,
                     offset + removed};
  if (first != last) {
    const Replacement& front = *first;
    const Replacement& back = *std::prev(last);
    if (front.new_first <= offset) {
      joined.old_first = front.old_first;
      joined.new_first = front.new_first;
    }
    if (back.new_last >= offset + removed) {
      joined.old_last = back.old_last;
      joined.new_last = back.new_last;
    }
  }
  joined.new_last += inserted - removed;  // Unsigned arithmetic wraps both ways.
  for (auto later = last; later != list_.end(); ++later) {
    later->new_first += inserted - removed;
    later->new_last += inserted - removed;
  }
  const auto place = list_.erase(first, last);
  list_.insert(place, joined);
}

}  // namespace nextline
