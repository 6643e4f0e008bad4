#pragma once

#include <cstddef>
#include <ostream>
#include <span>
#include <vector>

#include "engine/tokenizer/token_diff.h"

namespace nextline {

/// How GoogleTest shows a change.
inline void PrintTo(const TokenChange& change, std::ostream* out) {
  *out << "{" << change.first << ", " << change.removed << ", " << change.inserted << "}";
}

}  // namespace nextline

namespace nextline::test {

/// `before` with the changes done; what they insert stands in `after`.
inline std::vector<TokenId> replayed(std::vector<TokenId> before,
                                     std::span<const TokenChange> changes,
                                     std::span<const TokenId> after) {
  for (const TokenChange& change : changes) {
    if (change.first + change.removed > before.size()) return {};
    if (change.first + change.inserted > after.size()) return {};
    const auto first = before.begin() + static_cast<std::ptrdiff_t>(change.first);
    const auto rest = before.erase(first, first + static_cast<std::ptrdiff_t>(change.removed));
    const auto inserted = after.subspan(change.first, change.inserted);
    before.insert(rest, inserted.begin(), inserted.end());
  }
  return before;
}

/// The changes that lead back.
inline std::vector<TokenChange> mirrored(std::span<const TokenChange> changes) {
  std::vector<TokenChange> back;
  std::size_t removed = 0;
  std::size_t inserted = 0;
  for (const TokenChange& change : changes) {
    back.push_back({change.first + removed - inserted, change.inserted, change.removed});
    removed += change.removed;
    inserted += change.inserted;
  }
  return back;
}

/// Whether each change changes something, does not begin or end with a token that it could keep,
/// and keeps `shortest_kept` tokens between itself and the next.
inline bool is_minimal(std::span<const TokenChange> changes, std::span<const TokenId> before,
                       std::span<const TokenId> after, std::size_t shortest_kept) {
  const std::vector<TokenChange> back = mirrored(changes);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto removed = before.subspan(back[i].first, changes[i].removed);
    const auto inserted = after.subspan(changes[i].first, changes[i].inserted);
    if (removed.empty() && inserted.empty()) return false;
    if (!removed.empty() && !inserted.empty() &&
        (removed.front() == inserted.front() || removed.back() == inserted.back())) {
      return false;
    }
    if (i == 0) continue;
    if (changes[i].first < changes[i - 1].first + changes[i - 1].inserted + shortest_kept) {
      return false;
    }
  }
  return true;
}

}  // namespace nextline::test
