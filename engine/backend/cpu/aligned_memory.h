#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <utility>

namespace nextline::cpu {

/// How memory is paged: huge pages make long reads faster, small ones take only what is touched.
enum class Pages : std::uint8_t { kSmall, kHuge };

/// Zeroed memory in pages of its own. Pages that are never touched take no memory. Throws
/// std::bad_alloc where there is none.
class AlignedMemory {
 public:
  AlignedMemory() = default;
  AlignedMemory(std::size_t size, Pages pages) : size_(size) {
    if (size == 0) return;
    data_ = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                 -1, 0);
    if (data_ == MAP_FAILED) {
      data_ = nullptr;
      throw std::bad_alloc();
    }
    // A wish; where it is not granted, no harm is done.
    madvise(data_, size, pages == Pages::kHuge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  }
  AlignedMemory(AlignedMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  AlignedMemory& operator=(AlignedMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~AlignedMemory() {
    if (data_) munmap(data_, size_);
  }

  std::size_t size() const { return size_; }

  template <typename T>
  std::span<T> as() const {
    return {static_cast<T*>(data_), size_ / sizeof(T)};
  }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace nextline::cpu
