#include "tests/cuda_device/memory_table.h"

#include <cstdlib>
#include <cstring>

namespace nextline::cuda_device {

MemoryTable::~MemoryTable() { clear(); }

void MemoryTable::clear() {
  for (const auto& [memory, bytes] : sizes_) std::free(const_cast<std::byte*>(memory));
  sizes_.clear();
  bytes_ = 0;
}

void* MemoryTable::allocate(std::size_t bytes) {
  constexpr std::size_t kAlignment = 256;
  void* memory = nullptr;
  if (posix_memalign(&memory, kAlignment, bytes) != 0) return nullptr;
  std::memset(memory, 0xff, bytes);  // A NaN in binary32, binary16 and bfloat16.
  sizes_.emplace(static_cast<std::byte*>(memory), bytes);
  bytes_ += bytes;
  return memory;
}

bool MemoryTable::free(void* memory) {
  const auto found = sizes_.find(static_cast<std::byte*>(memory));
  if (found == sizes_.end()) return false;
  bytes_ -= found->second;
  sizes_.erase(found);
  std::free(memory);
  return true;
}

bool MemoryTable::contains(const void* memory, std::size_t bytes) const {
  const auto* first = static_cast<const std::byte*>(memory);
  auto after = sizes_.upper_bound(first);
  if (after == sizes_.begin()) return false;
  const auto& [start, size] = *--after;
  const auto offset = static_cast<std::size_t>(first - start);
  return offset <= size && bytes <= size - offset;
}

}  // namespace nextline::cuda_device
