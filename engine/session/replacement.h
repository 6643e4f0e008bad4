#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nextline {

/// What an edit did to a text: the bytes [old_first, old_last) gave way to the bytes
/// [new_first, new_last) of the text that came of it.
struct Replacement {
  std::size_t old_first;
  std::size_t old_last;
  std::size_t new_first;
  std::size_t new_last;
  bool operator==(const Replacement&) const = default;
};

/// Edits made one after the other, as what they did together: replacements in ascending order that
/// neither overlap nor touch, from the text before the first edit to the text behind the last.
class Replacements {
 public:
  /// `removed` bytes at `offset` of the present text gave way to `inserted` bytes.
  void add(std::size_t offset, std::size_t removed, std::size_t inserted);

  std::span<const Replacement> list() const { return list_; }
  bool empty() const { return list_.empty(); }
  void clear() { list_.clear(); }

 private:
  std::vector<Replacement> list_;
};

}  // namespace nextline
