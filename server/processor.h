#pragma once

#include <cstdint>
#include <string>

#include "server/command_line.h"

namespace nextline::server {

/// What the processor calls itself; empty where it does not say.
std::string processor_name();

/// The instruction set that computes, by its name on the command line; `kReferenceBackend` for the
/// reference backend.
std::string chosen_instruction_set(const GlobalOptions& options);

/// A line of /proc/meminfo, e.g. "MemAvailable"; 0 where there is none.
std::uint64_t memory_bytes(const char* key);

/// The most memory that this process has had resident so far; 0 where the system does not say.
std::uint64_t peak_memory_bytes();

}  // namespace nextline::server
