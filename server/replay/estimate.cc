#include "server/replay/estimate.h"

#include <fmt/format.h>

namespace nextline::replay {

Estimate estimate_of(std::span<const double> samples) {
  return {mean(samples), mean_interval(samples)};
}

std::string with_interval(const std::optional<Estimate>& estimate, int decimals) {
  if (!estimate) return "";
  if (!estimate->interval) return fmt::format("{:.{}f}", estimate->mean, decimals);
  return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", estimate->mean, decimals,
                     estimate->interval->low, decimals, estimate->interval->high, decimals);
}

void add_estimate(boost::json::object& object, const std::string& name,
                  const std::optional<Estimate>& estimate) {
  if (!estimate) return;
  object[name] = estimate->mean;
  if (!estimate->interval) return;
  object[name + "_low"] = estimate->interval->low;
  object[name + "_high"] = estimate->interval->high;
}

}  // namespace nextline::replay
