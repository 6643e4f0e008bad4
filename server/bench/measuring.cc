#include "server/bench/measuring.h"

#include <algorithm>

namespace nextline::bench {

double median(std::vector<double> samples) {
  std::ranges::sort(samples);
  const std::size_t middle = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

double percentile(std::vector<double> samples, double share) {
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(samples.size() - 1));
  std::ranges::nth_element(samples, samples.begin() + rank);
  return samples[static_cast<std::size_t>(rank)];
}

}  // namespace nextline::bench
