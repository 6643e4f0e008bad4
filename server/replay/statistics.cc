#include "server/replay/statistics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "server/replay/random.h"

namespace nextline::replay {
namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

/// Of samples in ascending order; there is one at least.
double percentile_of_sorted(const std::vector<double>& samples, double share) {
  const double place = share * static_cast<double>(samples.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, samples.size() - 1);
  return samples[below] + (place - std::floor(place)) * (samples[above] - samples[below]);
}

}  // namespace

double mean(std::span<const double> samples) {
  if (samples.empty()) return kNotANumber;
  return std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
}

double percentile(std::vector<double> samples, double share) {
  if (samples.empty()) return kNotANumber;
  std::sort(samples.begin(), samples.end());
  return percentile_of_sorted(samples, share);
}

std::optional<Interval> mean_interval(std::span<const double> samples, const Bootstrap& bootstrap) {
  if (samples.size() < 2) return std::nullopt;
  Random random(bootstrap.seed);
  std::vector<double> means(bootstrap.resamples);
  for (double& mean_of_resample : means) {
    double sum = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) sum += samples[random.below(samples.size())];
    mean_of_resample = sum / static_cast<double>(samples.size());
  }
  std::sort(means.begin(), means.end());
  return Interval{percentile_of_sorted(means, 0.025), percentile_of_sorted(means, 0.975)};
}

std::optional<Interval> paired_difference_interval(std::span<const double> samples,
                                                   std::span<const double> reference,
                                                   const Bootstrap& bootstrap) {
  assert(samples.size() == reference.size());
  std::vector<double> differences(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) differences[i] = samples[i] - reference[i];
  return mean_interval(differences, bootstrap);
}

}  // namespace nextline::replay
