#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace nextline::replay {

/// Not a number where there are no samples.
double mean(std::span<const double> samples);

/// The value below which `share` (0 to 1) of the samples lie, interpolated between the two next to
/// it: 0 is the lowest, 0.5 the median, 1 the highest. Not a number where there are none.
double percentile(std::vector<double> samples, double share);
inline double median(std::vector<double> samples) { return percentile(std::move(samples), 0.5); }

/// From where to where something lies with a probability of 95 %.
struct Interval {
  double low;
  double high;
  bool operator==(const Interval&) const = default;
};

/// How an interval is estimated: the samples are drawn anew, with replacement, as many as there
/// are.
struct Bootstrap {
  std::uint32_t resamples = 10'000;  ///< At least 1.
  std::uint64_t seed = 1;
};

/// The 95 % interval of the samples' mean, by the percentile bootstrap (Efron, "Bootstrap Methods:
/// Another Look at the Jackknife"): where the middle 95 % of the means of resamples lie. The same
/// samples in the same order give the same interval on every machine. Nothing for fewer than two:
/// one sample says nothing of how far others would lie.
std::optional<Interval> mean_interval(std::span<const double> samples,
                                      const Bootstrap& bootstrap = {});

/// The same of the mean of `samples[i] - reference[i]`, of which there are equally many: pairs are
/// drawn, so what both have in common does not widen it.
std::optional<Interval> paired_difference_interval(std::span<const double> samples,
                                                   std::span<const double> reference,
                                                   const Bootstrap& bootstrap = {});

}  // namespace nextline::replay
