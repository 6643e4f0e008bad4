#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/backend/cpu/thread_choice.h"

namespace nextline::cpu {

/// The instruction sets that have kernels, the slowest first.
enum class InstructionSet : std::uint8_t {
  kPortable,
  kAvx2,    ///< AVX2, FMA and F16C.
  kAvx512,  ///< AVX-512 F, BW, VL, DQ and VNNI.
  kAmx,     ///< The same, and AMX-INT8 for the products of many rows.
};

/// The name on the command line: "portable", "avx2", "avx512", "amx".
std::string_view name_of(InstructionSet instruction_set);
std::optional<InstructionSet> instruction_set_from_name(std::string_view name);

/// What this machine and its operating system can execute, the fastest last. Asks the operating
/// system for the registers that it keeps from processes which do not; thread-safe.
std::vector<InstructionSet> supported_instruction_sets();

struct Options {
  std::optional<InstructionSet> instruction_set;  ///< Nothing: the fastest supported one.
  std::uint32_t threads = 0;                      ///< 0: as many as a measurement finds best.
  ThreadChoice* choice = nullptr;                 ///< Where to tell how many threads, and why.
};

/// The CPU backend: weights repacked for the kernels of one instruction set, a thread pool that
/// sleeps when idle. Fails for an instruction set that the machine lacks. `model` must outlive it.
/// Without a number of threads, some are tried on the weights for about a tenth of a second;
/// results do not depend on it.
Result<std::unique_ptr<Backend>> create_backend(const Model& model, const Options& options = {});

}  // namespace nextline::cpu
