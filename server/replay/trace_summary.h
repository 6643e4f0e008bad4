#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/replay/statistics.h"
#include "server/replay/trace_runner.h"

namespace nextline::replay {

/// What a variant made of some lines.
struct TraceRow {
  SpeculationVariant variant;
  bool is_key = false;  ///< Of requests behind a key within the line, not at its beginning.
  std::optional<bool> is_novel;  ///< Nothing: all lines.
  std::uint32_t lines = 0;
  /// Of what passes over generated tokens gave: the first token is the prompt's.
  double tokens_per_pass = 0;
  double accepted_per_pass = 0;
  double drafted_per_pass = 0;
  double decode_ms = 0;  ///< Of a line, the mean.
  /// The time without speculation divided by this; nothing if that was not measured.
  std::optional<double> speedup;
  std::optional<Interval> speedup_interval;  ///< 95 %.
  double total_ms = 0;                       ///< From the edit to the completion, the median.
  /// The same in passes over one row: what one took without speculation, the median.
  std::optional<double> total_passes;
  std::uint32_t differing = 0;  ///< Completions other than those without speculation: none.
};

/// For lines and keys each, and for all, novel and other lines each: a row per variant.
std::vector<TraceRow> summarise(std::span<const SpeculationVariant> variants,
                                std::span<const LineOutcome> lines);

boost::json::object to_json(const TraceRow& row);
/// Aligned columns with a heading, for people.
std::string table_of(std::span<const TraceRow> rows);

}  // namespace nextline::replay
