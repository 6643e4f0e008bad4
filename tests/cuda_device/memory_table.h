#pragma once

#include <cstddef>
#include <map>

namespace nextline::cuda_device {

/// Memory of one kind that was allocated and not yet freed. It comes from the ordinary heap, so
/// that the address sanitizer sees its bounds, and is full of NaNs at first, so that a read of what
/// nobody wrote shows.
class MemoryTable {
 public:
  MemoryTable() = default;
  ~MemoryTable();
  MemoryTable(const MemoryTable&) = delete;
  MemoryTable& operator=(const MemoryTable&) = delete;

  /// Aligned to 256 bytes, as the runtime has it; null if there is no memory.
  void* allocate(std::size_t bytes);
  /// False if it is none of these.
  bool free(void* memory);
  void clear();

  /// Whether all of these bytes lie in one allocation; an empty range may begin at its end.
  bool contains(const void* memory, std::size_t bytes = 0) const;
  std::size_t bytes() const { return bytes_; }

 private:
  std::map<const std::byte*, std::size_t> sizes_;
  std::size_t bytes_ = 0;
};

}  // namespace nextline::cuda_device
