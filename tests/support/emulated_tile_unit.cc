#include "tests/support/emulated_tile_unit.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace nextline::test {
namespace {

void fault_unless(bool condition, const char* reason) {
  if (!condition) throw std::logic_error(reason);
}

}  // namespace

void EmulatedTileUnit::ldtilecfg(const std::uint8_t (&configuration)[64]) {
  constexpr std::size_t kRowBytes = 16;  // Where the bytes of rows are, two bytes a tile,
  constexpr std::size_t kRows = 48;      // and the rows, one byte a tile.
  fault_unless(configuration[0] == 1, "the palette is not 1");
  fault_unless(configuration[1] == 0, "a restart is not emulated");
  const auto expect_zeros = [&](std::size_t first, std::size_t last) {
    fault_unless(std::all_of(configuration + first, configuration + last,
                             [](std::uint8_t byte) { return byte == 0; }),
                 "a reserved byte is not zero");
  };
  expect_zeros(2, kRowBytes);
  expect_zeros(kRowBytes + 2 * kTileCount, kRows);
  expect_zeros(kRows + kTileCount, sizeof(configuration));
  for (std::size_t i = 0; i < kTileCount; ++i) {
    Tile tile;
    tile.rows = configuration[kRows + i];
    tile.row_bytes = configuration[kRowBytes + 2 * i] + 256U * configuration[kRowBytes + 2 * i + 1];
    fault_unless(tile.rows <= kMostRows && tile.row_bytes <= kMostBytes, "a tile is too large");
    fault_unless((tile.rows == 0) == (tile.row_bytes == 0), "a tile is configured by half");
    tiles_[i] = tile;
  }
  is_configured_ = true;
}

void EmulatedTileUnit::tilerelease() {
  is_configured_ = false;
  tiles_ = {};
}

void EmulatedTileUnit::tileloadd(int tile, const std::uint8_t* memory, std::size_t stride) {
  Tile& to = configured(tile);
  to.bytes = {};
  for (std::size_t row = 0; row < to.rows; ++row) {
    std::memcpy(to.bytes[row].data(), memory + row * stride, to.row_bytes);
  }
}

void EmulatedTileUnit::tilezero(int tile) { configured(tile).bytes = {}; }

void EmulatedTileUnit::tdpbsud(int c, int a, int b) {
  fault_unless(c != a && c != b && a != b, "the tiles are not three");
  Tile& sums = configured(c);
  const Tile& left = configured(a);
  const Tile& right = configured(b);
  fault_unless(sums.rows == left.rows, "the rows of the sums are not those of the first factor");
  fault_unless(sums.row_bytes == right.row_bytes, "nor the columns those of the second");
  fault_unless(sums.row_bytes % 4 == 0 && left.row_bytes % 4 == 0, "a row is cut within a number");
  fault_unless(left.row_bytes / 4 == right.rows, "the factors do not match");
  products_ += sums.rows * sums.row_bytes / 4 * left.row_bytes;
  for (std::size_t m = 0; m < sums.rows; ++m) {
    for (std::size_t n = 0; n < sums.row_bytes / 4; ++n) {
      std::uint32_t sum = 0;
      std::memcpy(&sum, &sums.bytes[m][4 * n], 4);
      for (std::size_t k = 0; k < left.row_bytes; ++k) {
        const int product =
            static_cast<std::int8_t>(left.bytes[m][k]) * right.bytes[k / 4][4 * n + k % 4];
        sum += static_cast<std::uint32_t>(product);  // Wraps around, as the unit does.
      }
      std::memcpy(&sums.bytes[m][4 * n], &sum, 4);
    }
  }
}

void EmulatedTileUnit::tilestored(int tile, std::uint8_t* memory, std::size_t stride) const {
  const Tile& from = configured(tile);
  for (std::size_t row = 0; row < from.rows; ++row) {
    std::memcpy(memory + row * stride, from.bytes[row].data(), from.row_bytes);
  }
}

const EmulatedTileUnit::Tile& EmulatedTileUnit::configured(int tile) const {
  fault_unless(is_configured_, "no tiles are configured");
  const Tile& found = tiles_.at(static_cast<std::size_t>(tile));
  fault_unless(found.rows > 0, "the tile is not configured");
  return found;
}

EmulatedTileUnit::Tile& EmulatedTileUnit::configured(int tile) {
  return const_cast<Tile&>(std::as_const(*this).configured(tile));
}

}  // namespace nextline::test
