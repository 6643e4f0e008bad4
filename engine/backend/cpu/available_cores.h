#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace nextline::cpu {

/// Cores that the process can keep busy: those it may run on, and no more of them than the
/// processor time pays for that its control groups grant it.
struct AvailableCores {
  std::uint32_t logical = 1;   ///< As the system counts them.
  std::uint32_t physical = 1;  ///< Cores that share their units with another one counted once.
};

AvailableCores available_cores();

/// The same for a process that may run on these processors, on a system whose /proc and /sys lie
/// below `root`. What cannot be read there limits nothing.
AvailableCores available_cores(std::span<const std::uint32_t> processors,
                               const std::filesystem::path& root);

}  // namespace nextline::cpu
