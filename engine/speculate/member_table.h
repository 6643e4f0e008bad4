#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace nextline {

/// Values by number, in one array: open addressing with linear probing, without marks for what has
/// been erased. Numbers are their own hashes. Between a quarter and three quarters of the array
/// are in use, unless it is small. `Value` is false where there is none.
/// For one thread at a time.
template <typename Value>
class MemberTable {
 public:
  /// Nothing if there is no such key.
  Value find(std::uint32_t key) const { return entries_[place_of(key)].value; }

  /// Adds a value, or puts it in the place of the key's present one.
  void put(std::uint32_t key, Value value) {
    std::size_t place = place_of(key);
    if (!entries_[place].value) {
      ++size_;
      if (size_ > entries_.size() / 4 * 3) {
        resize(entries_.size() * 2);
        place = place_of(key);
      }
    }
    entries_[place] = {key, value};
  }

  /// The key must be there.
  void erase(std::uint32_t key) {
    std::size_t hole = place_of(key);
    entries_[hole] = {};
    // What stands behind moves up where the hole is between its home and itself.
    for (std::size_t at = next(hole); entries_[at].value; at = next(at)) {
      const std::size_t distance = (at - home(entries_[at].key)) & (entries_.size() - 1);
      if (((at - hole) & (entries_.size() - 1)) > distance) continue;
      entries_[hole] = std::exchange(entries_[at], {});
      hole = at;
    }
    --size_;
    if (entries_.size() > kLeast && size_ < entries_.size() / 4) resize(entries_.size() / 2);
  }

  std::size_t size() const { return size_; }
  /// Of memory that is allocated.
  std::size_t bytes() const { return entries_.capacity() * sizeof(Entry); }

  /// Calls `visit(value)` for each, in no order.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const Entry& entry : entries_) {
      if (entry.value) visit(entry.value);
    }
  }

 private:
  static constexpr std::size_t kLeast = 64;
  struct Entry {
    std::uint32_t key = 0;
    Value value = {};
  };

  std::size_t home(std::uint32_t key) const { return key & (entries_.size() - 1); }
  std::size_t next(std::size_t place) const { return (place + 1) & (entries_.size() - 1); }
  /// Where the key is, or could be put.
  std::size_t place_of(std::uint32_t key) const {
    std::size_t place = home(key);
    while (entries_[place].value && entries_[place].key != key) place = next(place);
    return place;
  }

  void resize(std::size_t size) {
    const std::vector<Entry> before = std::exchange(entries_, std::vector<Entry>(size));
    for (const Entry& entry : before) {
      if (entry.value) entries_[place_of(entry.key)] = entry;
    }
  }

  std::vector<Entry> entries_ = std::vector<Entry>(kLeast);  // A power of two of them.
  std::size_t size_ = 0;
};

}  // namespace nextline
