#if defined(__x86_64__)
#include <cpuid.h>
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
#endif

namespace {

constexpr std::array kAll = {InstructionSet::kPortable, InstructionSet::kAvx2,
                             InstructionSet::kAvx512};

#if defined(__x86_64__)
/// Conversions to and from half precision; clang's run-time check does not know them.
bool has_f16c() {
  unsigned int eax = 0;
  unsigned int ebx = 0;
  unsigned int ecx = 0;
  unsigned int edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
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
  }
  return "";
}

const Kernels& kernels_of(InstructionSet instruction_set) {
#if defined(__x86_64__)
  if (instruction_set == InstructionSet::kAvx512) return avx512::kKernels;
  if (instruction_set == InstructionSet::kAvx2) return avx2::kKernels;
#endif
  (void)instruction_set;
  return portable::kKernels;
}

const LimitKernels& limit_kernels_of(InstructionSet instruction_set) {
#if defined(__x86_64__)
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
