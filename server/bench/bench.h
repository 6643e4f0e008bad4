#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/error.h"
#include "server/bench/bench_row.h"

namespace nextline::bench {

/// What a bench measures, with what, and how often.
struct BenchSetting {
  Backend& backend;
  std::string model;                            ///< What the rows call it.
  std::optional<std::uint32_t> context;         ///< Measure with so many tokens of prompt only.
  std::uint32_t repetitions;                    ///< A figure is the median of so many.
  std::optional<std::filesystem::path> source;  ///< Text to draft from; nothing: generated.
  std::stop_token stop;
  /// Says what is measured next, and measures the machine again.
  std::function<void(const std::string& what)> begin;
};

/// Measures, and returns a row per figure. Where figures are to be compared, what is measured takes
/// turns within each repetition. Stops between passes, failing with `interrupted`.
using Bench = Result<std::vector<BenchRow>> (*)(const BenchSetting& setting);

/// The contexts to measure at: the one that was asked for, else the usual ones that the model was
/// trained for.
std::vector<std::uint32_t> contexts_of(const BenchSetting& setting,
                                       std::initializer_list<std::uint32_t> usual);

}  // namespace nextline::bench
