#pragma once

#include <atomic>
#include <cstdint>

namespace nextline::faults {

/// What a process that has the library loaded tells: where it asked the system for something, and
/// what it was refused. The table is a file that is mapped, so it outlives the process, however
/// that ends. `fault_library.py` reads it.

enum class Kind : std::uint32_t {
  kMemory,  ///< A large block: malloc and its kin, `operator new`, anonymous mmap.
  kMap,     ///< A file mapped into memory.
  kOpen,    ///< A file.
  kRead,    ///< … and what is done with one that is open.
  kWrite,
  kSync,
  kTruncate,
  kLock,
  kRename,
  kRemove,
  kMakeFolder,
  kListFolder,
  kStatus,   ///< stat and its kin.
  kThread,   ///< pthread_create.
  kProcess,  ///< fork.
  kSocket,   ///< socket, bind, listen, accept, connect.
  kReceive,  ///< From a socket or a pipe.
  kSend,
  kEvents,  ///< epoll, eventfd, timerfd, pipe.
};

inline constexpr std::uint32_t kMostFrames = 20;
inline constexpr std::uint32_t kMostSites = 4096;

/// A place in the program: the innermost return addresses that lie in it, whatever libraries stand
/// between. Addresses count from where the program is loaded.
struct Site {
  std::uint32_t kind;
  std::uint32_t frame_count;
  std::uint64_t hash;  // Of kind and frames; 0 until all below has been written.
  std::atomic<std::uint64_t> calls;
  std::atomic<std::uint64_t> faults;
  std::uint64_t frames[kMostFrames];
  char subject[64];  // The end of the path that the first call was about.
};
static_assert(sizeof(Site) == 256);

struct Table {
  std::atomic<std::uint64_t> site_count;
  std::atomic<std::uint64_t> faults;  // All together.
  Site sites[kMostSites];
};

}  // namespace nextline::faults
