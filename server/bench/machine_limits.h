#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>

#include "engine/backend/cpu/cpu_backend.h"
#include "engine/error.h"

namespace nextline::bench {

/// What no program on a machine exceeds with so many threads and these instructions. Measured,
/// because neither the memory nor the clock says what it will give.
struct MachineLimits {
  double read_gb_per_s;  ///< 10⁹ bytes read from memory per second, all threads together.
  double gmac_per_s;     ///< 10⁹ multiply-accumulates of bytes per second, all threads together.
  double float_gmac_per_s;  ///< The same of floats of 32 bits.
};

/// Measures a machine's limits, again and again while something else is measured in between.
///
/// A limit is the highest rate of many short rounds, for what was slower was disturbed. Measuring
/// at several times helps where others use the machine: on two busy cores it may take seconds until
/// both are free for a millisecond.
class MachineMeter {
 public:
  /// Takes an eighth of the memory to read it, a gigabyte at most. Fails if there is none.
  static Result<std::unique_ptr<MachineMeter>> create(cpu::InstructionSet instruction_set,
                                                      std::uint32_t threads,
                                                      std::uint64_t available_memory);
  virtual ~MachineMeter() = default;

  /// Takes about a second, less when stopped.
  virtual void measure(const std::stop_token& stop) = 0;

  /// Of the times measured so far; there was one at least.
  virtual MachineLimits limits() const = 0;
};

}  // namespace nextline::bench
