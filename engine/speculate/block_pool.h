#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace nextline {

/// Elements by number, in blocks that never move: growing copies nothing, and a reference to an
/// element holds until it is given back. Numbers are handed out in ascending order within a block.
/// What is given back is used again, and a block of which nothing is in use frees its memory.
/// For one thread at a time.
template <typename T>
class BlockPool {
 public:
  using Id = std::uint32_t;
  static constexpr Id kBlockSize = 256;

  /// A number that is not in use; its element is `value` now.
  Id take(const T& value) {
    if (with_room_.empty()) add_block();
    const Id block = with_room_.back();
    if (!elements_[block]) elements_[block] = std::make_unique<T[]>(kBlockSize), ++allocated_;
    const Id place = usage_[block].take();
    if (usage_[block].count == kBlockSize) with_room_.pop_back();
    ++size_;
    elements_[block][place] = value;
    return block * kBlockSize + place;
  }

  void give_back(Id id) {
    const Id block = id / kBlockSize;
    if (usage_[block].count == kBlockSize) with_room_.push_back(block);
    usage_[block].give_back(id % kBlockSize);
    if (usage_[block].count == 0) elements_[block].reset(), --allocated_;
    if (--size_ == 0) *this = BlockPool();
  }

  T& operator[](Id id) { return elements_[id / kBlockSize][id % kBlockSize]; }
  const T& operator[](Id id) const { return elements_[id / kBlockSize][id % kBlockSize]; }

  /// How many are in use.
  std::size_t size() const { return size_; }
  /// Of memory that is allocated.
  std::size_t bytes() const {
    return allocated_ * kBlockSize * sizeof(T) + elements_.capacity() * sizeof(elements_[0]) +
           usage_.capacity() * sizeof(Usage) + with_room_.capacity() * sizeof(Id);
  }

  /// Calls `visit(id)` for all that are in use, ascending.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (Id block = 0; block < usage_.size(); ++block) {
      for (Id place = 0; place < kBlockSize; ++place) {
        if (usage_[block].has(place)) visit(block * kBlockSize + place);
      }
    }
  }

 private:
  /// Which elements of a block are in use, a bit for each.
  struct Usage {
    std::array<std::uint64_t, kBlockSize / 64> words = {};
    Id count = 0;

    bool has(Id place) const { return (words[place / 64] >> place % 64 & 1) != 0; }
    Id take() {
      Id word = 0;
      while (~words[word] == 0) ++word;
      const Id place = word * 64 + static_cast<Id>(std::countr_one(words[word]));
      words[word] |= std::uint64_t{1} << place % 64;
      ++count;
      return place;
    }
    void give_back(Id place) {
      assert(has(place));
      words[place / 64] &= ~(std::uint64_t{1} << place % 64);
      --count;
    }
  };

  void add_block() {
    with_room_.push_back(static_cast<Id>(usage_.size()));
    elements_.emplace_back();
    usage_.emplace_back();
  }

  // By block.
  std::vector<std::unique_ptr<T[]>> elements_;  // Null where nothing is in use.
  std::vector<Usage> usage_;
  std::vector<Id> with_room_;  // The blocks that are not full, each once.
  std::size_t allocated_ = 0;  // Blocks.
  std::size_t size_ = 0;
};

}  // namespace nextline
