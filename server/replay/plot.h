#pragma once

#include <span>
#include <string>

namespace nextline::replay {

/// A figure and its interval.
struct PlottedValue {
  double middle, low, high;
};

/// A variant in the plot.
struct PlotPoint {
  std::string label;
  double encoded;      ///< Share of the tokens of a full recomputation, 0 … 1.
  PlottedValue kl;     ///< Nats.
  PlottedValue exact;  ///< Percent.
};

/// An SVG picture of two fields side by side: KL from a full recomputation, and exact match, both
/// against the share of tokens that were computed, with their intervals. KL and tokens are drawn to
/// logarithmic scales whose first tick stands for everything below it.
std::string plot_of(std::span<const PlotPoint> points, const std::string& title);

}  // namespace nextline::replay
