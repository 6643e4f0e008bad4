#include "engine/speculate/pass_cost.h"

#include <algorithm>

namespace nextline {
namespace {

constexpr double kPerRow = 1.0 / 12;
/// So many measurements make a mean: older ones fade.
constexpr double kMostCounted = 20;
/// What is expected of a number of rows counts as so many measurements of it.
constexpr double kExpectedCount = 2;
/// A pass that takes longer than so many times what is expected was held up by something else.
constexpr double kHeldUp = 1.5;

/// The time of `rows` if that of `known` rows is known and no other.
double extrapolated(double milliseconds, std::uint32_t known, std::uint32_t rows) {
  return milliseconds * (1 + kPerRow * (rows - 1.0)) / (1 + kPerRow * (known - 1.0));
}

}  // namespace

PassCost::PassCost() { interpolate(); }

void PassCost::learn(std::uint32_t rows, double milliseconds) {
  if (rows == 0 || rows > kMostRows) return;
  Measured& measured = measured_[rows];
  if (measured.count == 0 && is_measured_) {
    measured = {single_row_milliseconds_ * relative_[rows], kExpectedCount};
  }
  if (measured.count > 0) milliseconds = std::min(milliseconds, kHeldUp * measured.milliseconds);
  measured.count = std::min(measured.count + 1, kMostCounted);
  measured.milliseconds += (milliseconds - measured.milliseconds) / measured.count;
  is_measured_ = true;
  interpolate();
}

void PassCost::interpolate() {
  std::array<double, kMostRows + 1> times{};
  std::uint32_t before = 0;  // The nearest number of rows that was measured; 0: none.
  for (std::uint32_t rows = 1; rows <= kMostRows; ++rows) {
    if (measured_[rows].count == 0) continue;
    const double time = measured_[rows].milliseconds;
    times[rows] = time;
    for (std::uint32_t between = before + 1; between < rows; ++between) {
      const double part = static_cast<double>(between - before) / (rows - before);
      times[between] = before == 0 ? extrapolated(time, rows, between)
                                   : times[before] + part * (time - times[before]);
    }
    before = rows;
  }
  for (std::uint32_t rows = before + 1; rows <= kMostRows; ++rows) {
    times[rows] =
        before == 0 ? extrapolated(1, 1, rows) : extrapolated(times[before], before, rows);
  }
  single_row_milliseconds_ = times[1];
  double highest = 0;
  for (std::uint32_t rows = 1; rows <= kMostRows; ++rows) {
    highest = std::max(highest, times[rows]);
    relative_[rows] = times[1] > 0 ? highest / times[1] : 1;
  }
}

}  // namespace nextline
