#include "tests/support/emulated_tiles.h"

#include "engine/backend/cpu/portable/simd.h"
#include "tests/support/emulated_tile_unit.h"

namespace nextline::cpu::emulated_amx {
namespace {

using namespace portable;

thread_local test::EmulatedTileUnit the_unit;

struct TileUnit {
  static constexpr bool kExists = true;

  static void configure(const void* configuration) {
    the_unit.ldtilecfg(*static_cast<const std::uint8_t(*)[64]>(configuration));
  }
  static void release() { the_unit.tilerelease(); }
  template <int kTile>
  static void load(const void* rows, std::size_t stride) {
    the_unit.tileloadd(kTile, static_cast<const std::uint8_t*>(rows), stride);
  }
  template <int kTile>
  static void zero() {
    the_unit.tilezero(kTile);
  }
  template <int kSums, int kInputs, int kWeights>
  static void multiply() {
    the_unit.tdpbsud(kSums, kInputs, kWeights);
  }
  template <int kTile>
  static void store(void* rows, std::size_t stride) {
    the_unit.tilestored(kTile, static_cast<std::uint8_t*>(rows), stride);
  }
};

#include "engine/backend/cpu/generic/count.h"

#include "engine/backend/cpu/generic/numbers.h"

#include "engine/backend/cpu/generic/panels.h"

#include "engine/backend/cpu/generic/matmul.h"

#include "engine/backend/cpu/generic/limits.h"

}  // namespace
}  // namespace nextline::cpu::emulated_amx

namespace nextline::test {

const decltype(cpu::Kernels::multiply) multiply_with_emulated_tiles = cpu::emulated_amx::multiply;
const cpu::LimitKernels kEmulatedTileLimits = {
    cpu::emulated_amx::read_bytes, cpu::emulated_amx::multiply_tiles,
    cpu::emulated_amx::kTileProducts, cpu::emulated_amx::accumulate_blocks,
    cpu::emulated_amx::kBlockProducts};

bool is_emulated_unit_configured() { return cpu::emulated_amx::the_unit.is_configured(); }

std::uint64_t emulated_products() { return cpu::emulated_amx::the_unit.products(); }

}  // namespace nextline::test
