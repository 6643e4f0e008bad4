#pragma once

#include <cstdint>

#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/limit_kernels.h"

/// The kernels of the instruction set `amx` that use its tile unit, over an emulated unit and the
/// portable vectors: they run on any machine.
namespace nextline::test {

/// `Kernels::multiply`. Throws std::logic_error where a processor would fault.
extern const decltype(cpu::Kernels::multiply) multiply_with_emulated_tiles;
/// `LimitKernels::multiply_tiles` and the multiply-accumulates of one tile.
extern const cpu::LimitKernels kEmulatedTileLimits;

/// Of this thread's unit: whether it is in use, and the multiply-accumulates that it has done.
bool is_emulated_unit_configured();
std::uint64_t emulated_products();

}  // namespace nextline::test
