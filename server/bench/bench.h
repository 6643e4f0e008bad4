#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/error.h"
#include "server/bench/bench_row.h"
#include "server/bench/machine_limits.h"

namespace nextline::bench {

/// What a bench measures, with what, and how often.
struct BenchSetting {
  Backend& backend;
  std::string model;  ///< What the rows call it.
  MachineLimits limits;
  std::optional<std::uint32_t> context;  ///< Measure with so many tokens of prompt only.
  std::uint32_t repetitions;             ///< A figure is the median of so many.
  std::stop_token stop;
  std::function<void(const std::string&)> tell;  ///< Says what is being measured.
};

/// Measures, and returns a row per figure. Where figures are to be compared, what is measured takes
/// turns within each repetition. Stops between passes, failing with `interrupted`.
using Bench = Result<std::vector<BenchRow>> (*)(const BenchSetting& setting);

/// The contexts to measure at: the one that was asked for, else the usual ones that the model was
/// trained for.
std::vector<std::uint32_t> contexts_of(const BenchSetting& setting,
                                       std::initializer_list<std::uint32_t> usual);

}  // namespace nextline::bench
