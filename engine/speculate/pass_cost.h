#pragma once

#include <array>
#include <cstdint>

namespace nextline {

/// What a pass of so many rows takes on this machine beside one of one row, as measured while it
/// works. Between numbers of rows that were measured, the time is taken to grow evenly; beyond
/// them, and before any was measured, by a twelfth of the first row's with each. What one
/// measurement says counts little beside what was expected: on a busy machine, passes are held up,
/// and a number of rows that looks expensive once is not tried again.
///
/// One thread at a time.
class PassCost {
 public:
  static constexpr std::uint32_t kMostRows = 64;

  PassCost();

  /// Measurements of no row or of more than kMostRows are ignored.
  void learn(std::uint32_t rows, double milliseconds);

  /// Relative to one row's; no lower for more rows. `rows`: 1 to kMostRows.
  double of(std::uint32_t rows) const { return relative_[rows]; }

 private:
  void interpolate();

  struct Measured {
    double milliseconds = 0;  // The mean, in which what is older counts less.
    double count = 0;
  };
  std::array<Measured, kMostRows + 1> measured_{};  // By rows.
  std::array<double, kMostRows + 1> relative_{};
  double single_row_milliseconds_ = 0;
  bool is_measured_ = false;
};

}  // namespace nextline
