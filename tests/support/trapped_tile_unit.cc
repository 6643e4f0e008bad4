#include "tests/support/trapped_tile_unit.h"

#include <ucontext.h>

#include <cstring>
#include <optional>

#include "tests/support/emulated_tile_unit.h"

namespace nextline::test {
namespace {

std::optional<EmulatedTileUnit> the_unit;

#if defined(__x86_64__)

/// A register of the thread that was interrupted, by its number in instructions.
std::uint64_t register_of(const ucontext_t& context, unsigned number) {
  constexpr int kRegisters[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                  REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                  REG_R12, REG_R13, REG_R14, REG_R15};
  return static_cast<std::uint64_t>(context.uc_mcontext.gregs[kRegisters[number]]);
}

/// An instruction with a VEX prefix of three bytes, its operands resolved (Intel SDM, volume 2,
/// chapter 2).
struct Instruction {
  unsigned opcode;
  unsigned prefix;  // 0: none, 1: 66, 2: F3, 3: F2.
  bool has_memory;  // Else `rm` is a register.
  unsigned reg;
  unsigned rm;
  unsigned vvvv;
  std::uint64_t base;    // Of the address, with its displacement.
  std::uint64_t stride;  // Index times scale.
  std::size_t length;
};

std::optional<Instruction> decode(const std::uint8_t* code, const ucontext_t& context) {
  constexpr unsigned kMap0F38 = 2;
  if (code[0] != 0xC4 || (code[1] & 0x1FU) != kMap0F38) return std::nullopt;
  const auto extended = [](unsigned inverted_bit, unsigned low) {
    return low + (inverted_bit == 0 ? 8U : 0U);
  };
  Instruction found{};
  found.prefix = code[2] & 3U;
  found.vvvv = ~(static_cast<unsigned>(code[2]) >> 3U) & 0xFU;
  found.opcode = code[3];
  const unsigned mode = code[4] >> 6U;
  found.reg = extended(code[1] & 0x80U, (code[4] >> 3U) & 7U);
  found.rm = extended(code[1] & 0x20U, code[4] & 7U);
  found.has_memory = mode != 3;
  found.length = 5;
  if (!found.has_memory) return found;

  unsigned base = found.rm;
  if ((code[4] & 7U) == 4) {
    const std::uint8_t sib = code[found.length++];
    base = extended(code[1] & 0x20U, sib & 7U);
    const unsigned index = extended(code[1] & 0x40U, (sib >> 3U) & 7U);
    if (index != 4) found.stride = register_of(context, index) << (sib >> 6U);
  }
  if (mode == 0 && (base & 7U) == 5) return std::nullopt;  // No base; not what the kernels use.
  found.base = register_of(context, base);
  if (mode == 1) {
    found.base += static_cast<std::uint64_t>(static_cast<std::int8_t>(code[found.length]));
    found.length += 1;
  } else if (mode == 2) {
    std::int32_t displacement = 0;
    std::memcpy(&displacement, code + found.length, sizeof(displacement));
    found.base += static_cast<std::uint64_t>(displacement);
    found.length += sizeof(displacement);
  }
  return found;
}

/// Whether the instruction was one of a tile unit.
bool execute(const Instruction& instruction) {
  auto* memory = reinterpret_cast<std::uint8_t*>(instruction.base);
  const auto reg = static_cast<int>(instruction.reg);
  switch (instruction.opcode << 4U | instruction.prefix) {
    case 0x490:
      if (!instruction.has_memory) {
        the_unit->tilerelease();
      } else {
        the_unit->ldtilecfg(*reinterpret_cast<const std::uint8_t(*)[64]>(memory));
      }
      return true;
    case 0x493:
      the_unit->tilezero(reg);
      return true;
    case 0x4B3:
      the_unit->tileloadd(reg, memory, instruction.stride);
      return true;
    case 0x4B2:
      the_unit->tilestored(reg, memory, instruction.stride);
      return true;
    case 0x5E2:
      the_unit->tdpbsud(reg, static_cast<int>(instruction.rm), static_cast<int>(instruction.vvvv));
      return true;
    default:
      return false;
  }
}

/// What cannot be executed ends the program as it would without this.
void handle(int, siginfo_t*, void* thread) noexcept {
  auto& context = *static_cast<ucontext_t*>(thread);
  auto& next = context.uc_mcontext.gregs[REG_RIP];
  const auto instruction = decode(reinterpret_cast<const std::uint8_t*>(next), context);
  if (instruction && execute(*instruction)) {
    next += static_cast<greg_t>(instruction->length);
  } else {
    signal(SIGILL, SIG_DFL);
  }
}

#else
void handle(int, siginfo_t*, void*) noexcept { signal(SIGILL, SIG_DFL); }
#endif

}  // namespace

TrappedTileUnit::TrappedTileUnit() {
  the_unit.emplace();
  struct sigaction action {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGILL, &action, &previous_);
}

TrappedTileUnit::~TrappedTileUnit() { sigaction(SIGILL, &previous_, nullptr); }

bool TrappedTileUnit::is_configured() const { return the_unit->is_configured(); }

std::uint64_t TrappedTileUnit::products() const { return the_unit->products(); }

}  // namespace nextline::test
