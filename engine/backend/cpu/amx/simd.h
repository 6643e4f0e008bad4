#pragma once

#include <cstddef>

#include "engine/backend/cpu/avx512/simd.h"

/// AVX-512's vectors, and a tile unit beside them: AMX-TILE and AMX-INT8.
namespace nextline::cpu::amx {

using namespace avx512;

/// The unit, an instruction a function. The intrinsics would want numbers of registers spelt out,
/// and do not tell GCC 12 that loading a register reads memory.
struct TileUnit {
  static constexpr bool kExists = true;

  static void configure(const void* configuration) {
    asm volatile("ldtilecfg (%0)" : : "r"(configuration) : "memory");
  }
  static void release() { asm volatile("tilerelease" : : : "memory"); }

  template <int kTile>
  static void load(const void* rows, std::size_t stride) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(rows), "r"(stride), "i"(kTile) : "memory");
  }
  template <int kTile>
  static void zero() {
    asm volatile("tilezero %%tmm%c0" : : "i"(kTile));
  }
  template <int kSums, int kInputs, int kWeights>
  static void multiply() {
    asm volatile("tdpbsud %%tmm%c2, %%tmm%c1, %%tmm%c0"
                 :
                 : "i"(kSums), "i"(kInputs), "i"(kWeights));
  }
  template <int kTile>
  static void store(void* rows, std::size_t stride) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)"
                 :
                 : "r"(rows), "r"(stride), "i"(kTile)
                 : "memory");
  }
};

}  // namespace nextline::cpu::amx
