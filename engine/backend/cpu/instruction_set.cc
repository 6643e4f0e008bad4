#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <array>

#include "engine/backend/cpu/cpu_backend.h"
#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/limit_kernels.h"

namespace nextline::cpu {

namespace portable {
extern const Kernels kKernels;
extern const LimitKernels kLimitKernels;
}  // namespace portable
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels kKernels;
extern const LimitKernels kLimitKernels;
}  // namespace avx2
namespace avx512 {
extern const Kernels kKernels;
extern const LimitKernels kLimitKernels;
}  // namespace avx512
namespace amx {
extern const Kernels kKernels;
extern const LimitKernels kLimitKernels;
}  // namespace amx
#endif

namespace {

constexpr std::array kAll = {InstructionSet::kPortable, InstructionSet::kAvx2,
                             InstructionSet::kAvx512, InstructionSet::kAmx};

#if defined(__x86_64__)
/// Conversions to and from half precision; clang's run-time check does not know them.
bool has_f16c() {
  unsigned int eax = 0;
  unsigned int ebx = 0;
  unsigned int ecx = 0;
  unsigned int edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}

/// Whether the processor has AMX-TILE and AMX-INT8.
bool has_tile_unit() {
  constexpr unsigned int kTile = 1U << 24U;
  constexpr unsigned int kInt8 = 1U << 25U;
  unsigned int eax = 0;
  unsigned int ebx = 0;
  unsigned int ecx = 0;
  unsigned int edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & kTile) != 0 &&
         (edx & kInt8) != 0;
}

/// Whether the operating system saves the tile registers and their configuration, bits 17 and 18 of
/// XCR0. To be asked only where there is AVX, and so XGETBV.
bool are_tiles_saved() {
  constexpr std::uint32_t kTileState = 3U << 17U;
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & kTileState) == kTileState;
}

/// Linux gives a process the tile registers, 8 KiB a thread to save, only if it asks. What it has
/// granted holds for all threads until the process ends.
bool are_tiles_granted() {
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  static const bool are_granted = syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return are_granted;
}
#endif

/// The compiler's run-time check also asks whether the operating system saves the registers.
bool is_supported(InstructionSet instruction_set) {
  switch (instruction_set) {
    case InstructionSet::kPortable:
      return true;
#if defined(__x86_64__)
    case InstructionSet::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
    case InstructionSet::kAvx512:
      return is_supported(InstructionSet::kAvx2) && __builtin_cpu_supports("avx512f") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
    case InstructionSet::kAmx:
      return is_supported(InstructionSet::kAvx512) && has_tile_unit() && are_tiles_saved() &&
             are_tiles_granted();
#endif
    default:
      return false;
  }
}

}  // namespace

std::string_view name_of(InstructionSet instruction_set) {
  switch (instruction_set) {
    case InstructionSet::kPortable:
      return "portable";
    case InstructionSet::kAvx2:
      return "avx2";
    case InstructionSet::kAvx512:
      return "avx512";
    case InstructionSet::kAmx:
      return "amx";
  }
  return "";
}

const Kernels& kernels_of(InstructionSet instruction_set) {
#if defined(__x86_64__)
  if (instruction_set == InstructionSet::kAmx) return amx::kKernels;
  if (instruction_set == InstructionSet::kAvx512) return avx512::kKernels;
  if (instruction_set == InstructionSet::kAvx2) return avx2::kKernels;
#endif
  (void)instruction_set;
  return portable::kKernels;
}

const LimitKernels& limit_kernels_of(InstructionSet instruction_set) {
#if defined(__x86_64__)
  if (instruction_set == InstructionSet::kAmx) return amx::kLimitKernels;
  if (instruction_set == InstructionSet::kAvx512) return avx512::kLimitKernels;
  if (instruction_set == InstructionSet::kAvx2) return avx2::kLimitKernels;
#endif
  (void)instruction_set;
  return portable::kLimitKernels;
}

std::optional<InstructionSet> instruction_set_from_name(std::string_view name) {
  for (const InstructionSet instruction_set : kAll) {
    if (name == name_of(instruction_set)) return instruction_set;
  }
  return std::nullopt;
}

std::vector<InstructionSet> supported_instruction_sets() {
  std::vector<InstructionSet> supported;
  for (const InstructionSet instruction_set : kAll) {
    if (is_supported(instruction_set)) supported.push_back(instruction_set);
  }
  return supported;
}

}  // namespace nextline::cpu
