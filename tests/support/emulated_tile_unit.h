#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nextline::test {

/// A tile unit (Intel AMX) in plain C++, as Intel's manual defines its instructions (SDM, volume
/// 2): for machines that have none, and to see what the processor would only answer with a fault,
/// which throws std::logic_error here. A processor has one unit per thread.
class EmulatedTileUnit {
 public:
  static constexpr int kTileCount = 8;
  static constexpr std::size_t kMostRows = 16;
  static constexpr std::size_t kMostBytes = 64;  // Of a row.

  void ldtilecfg(const std::uint8_t (&configuration)[64]);
  void tilerelease();
  void tileloadd(int tile, const std::uint8_t* memory, std::size_t stride);
  void tilezero(int tile);
  /// Adds products of signed bytes of `a` with unsigned bytes of `b` to the numbers of `c`.
  void tdpbsud(int c, int a, int b);
  void tilestored(int tile, std::uint8_t* memory, std::size_t stride) const;

  bool is_configured() const { return is_configured_; }
  /// Multiply-accumulates of `tdpbsud` so far.
  std::uint64_t products() const { return products_; }

 private:
  struct Tile {
    std::size_t rows = 0;
    std::size_t row_bytes = 0;
    std::array<std::array<std::uint8_t, kMostBytes>, kMostRows> bytes{};
  };

  const Tile& configured(int tile) const;
  Tile& configured(int tile);

  bool is_configured_ = false;
  std::uint64_t products_ = 0;
  std::array<Tile, kTileCount> tiles_;
};

}  // namespace nextline::test
