#include "engine/disk/byte_source.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace nextline {

bool FileSource::read(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::read(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

bool MemorySource::read(std::span<std::byte> bytes) {
  if (bytes.size() > rest_.size()) return false;
  std::copy_n(rest_.begin(), bytes.size(), bytes.begin());
  rest_ = rest_.subspan(bytes.size());
  return true;
}

}  // namespace nextline
