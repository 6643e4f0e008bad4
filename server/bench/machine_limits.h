#pragma once

#include <cstdint>
#include <stop_token>

#include "engine/backend/cpu/cpu_backend.h"
#include "engine/error.h"

namespace nextline::bench {

/// What no program on this machine exceeds with so many threads and these instructions. Measured,
/// because neither the memory nor the clock says what it will give.
struct MachineLimits {
  double read_gb_per_s;  ///< 10⁹ bytes read from memory per second, all threads together.
  double gmac_per_s;     ///< 10⁹ multiply-accumulates of bytes per second, all threads together.
};

/// Takes about two seconds. Fails if there is no memory to be read, or when stopped.
Result<MachineLimits> measure_machine(cpu::InstructionSet instruction_set, std::uint32_t threads,
                                      std::uint64_t available_memory, const std::stop_token& stop);

}  // namespace nextline::bench
