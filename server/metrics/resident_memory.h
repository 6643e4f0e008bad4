#pragma once

#include <cstdint>

namespace nextline::server {

/// The memory that this process has resident now; 0 where the system does not say.
std::uint64_t resident_memory_bytes();

}  // namespace nextline::server
