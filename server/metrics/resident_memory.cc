#include "server/metrics/resident_memory.h"

#include <unistd.h>

#include <fstream>

namespace nextline::server {

std::uint64_t resident_memory_bytes() {
  std::ifstream pages("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  pages >> all >> resident;
  return pages ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace nextline::server
