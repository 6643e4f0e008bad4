#pragma once

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "engine/disk/replacement_file.h"

namespace nextline::test {

/// The calls of a disk on which so many bytes are free: the write that exceeds them is a short one,
/// and those behind it fail.
inline FileCalls with_room(FileCalls calls, std::size_t room) {
  calls.write = [left = room](int file, const void* bytes, std::size_t count) mutable -> ssize_t {
    if (left == 0) {
      errno = ENOSPC;
      return -1;
    }
    const ssize_t written = ::write(file, bytes, std::min(count, left));
    left -= static_cast<std::size_t>(written);
    return written;
  };
  return calls;
}

}  // namespace nextline::test
