#pragma once

#include <chrono>
#include <vector>

#include "engine/error.h"

namespace nextline::bench {

/// Why a bench that was stopped has no rows.
inline tl::unexpected<Error> interrupted() { return failure("The measurement was interrupted."); }

/// Time since it was made.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The middle one of some samples, or the mean of the two in the middle; there is at least one.
double median(std::vector<double> samples);

/// The least sample that so large a share of the others does not exceed; there is at least one.
double percentile(std::vector<double> samples, double share);

}  // namespace nextline::bench
