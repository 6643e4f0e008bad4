#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/replay/case_result.h"
#include "server/replay/estimate.h"
#include "server/replay/plot.h"
#include "server/replay/replay_mode.h"

namespace nextline::replay {

/// What a variant made of some cases.
struct SummaryRow {
  Variant variant;
  std::optional<EditKind> kind;      ///< Nothing: all kinds.
  std::optional<Language> language;  ///< Nothing: all languages.
  std::uint32_t cases = 0;
  Estimate exact_match{};      ///< Percent.
  Estimate edit_similarity{};  ///< 0 … 100
  Estimate kl{};               ///< Nats.
  /// Points by which it is better than `full` with the same layout and type of cache, case by case;
  /// nothing if that is not among the variants.
  std::optional<Estimate> exact_match_gain;
  std::optional<Estimate> edit_similarity_gain;
  std::optional<Estimate> key_error;  ///< See `Outcome`.
  /// Completions that drafts made otherwise, of all cases; see `Outcome`.
  std::optional<std::uint32_t> differing;
  double p50_ms = 0;
  double p95_ms = 0;
  double tokens_encoded = 0;  ///< Per case.
  double tokens_full = 0;
};

/// A row per variant over everything, then one per variant and kind, then one per variant and
/// language. `results` have an outcome per variant.
std::vector<SummaryRow> summarise(std::span<const Variant> variants,
                                  std::span<const CaseResult> results);

boost::json::object to_json(const SummaryRow& row);
/// Aligned columns with a heading, for people.
std::string table_of(std::span<const SummaryRow> rows);
/// The rows over everything.
std::vector<PlotPoint> plot_points(std::span<const SummaryRow> rows);

}  // namespace nextline::replay
