#pragma once

#include <boost/json.hpp>
#include <optional>
#include <span>
#include <string>

#include "server/replay/statistics.h"

namespace nextline::replay {

/// A mean with its 95 % interval.
struct Estimate {
  double mean;
  std::optional<Interval> interval;  ///< Nothing for a single case.
};

Estimate estimate_of(std::span<const double> samples);

/// "1.5 [1.2, 1.9]", with so many decimals; nothing for nothing.
std::string with_interval(const std::optional<Estimate>& estimate, int decimals);

/// Adds `name`, and, if there is an interval, `name`_low and `name`_high.
void add_estimate(boost::json::object& object, const std::string& name,
                  const std::optional<Estimate>& estimate);

}  // namespace nextline::replay
