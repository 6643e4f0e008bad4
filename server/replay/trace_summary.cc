#include "server/replay/trace_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "server/replay/random.h"
#include "server/replay/text_table.h"

namespace nextline::replay {
namespace {

/// Generated tokens that passes gave.
std::uint32_t tokens_of_passes(const DecodeOutcome& outcome) {
  return outcome.generated - std::min(outcome.generated, 1U);
}

std::string sampling_of(const Sampling& sampling) {
  if (sampling.temperature == 0) return "greedy";
  return fmt::format("temperature {}, top-p {}, seed {}", sampling.temperature, sampling.top_p,
                     sampling.seed);
}

using Outcomes = std::vector<const std::vector<DecodeOutcome>*>;  // By line; of it by variant.

/// The sum of a variant's times of decoding, of these lines.
double time_of(const Outcomes& outcomes, std::size_t variant) {
  double sum = 0;
  for (const auto* line : outcomes) sum += (*line)[variant].milliseconds;
  return sum;
}

/// By the percentile bootstrap over lines, as `mean_interval`.
std::optional<Interval> ratio_interval(const Outcomes& outcomes, std::size_t plain,
                                       std::size_t variant) {
  constexpr int kResamples = 2000;
  if (outcomes.size() < 2) return std::nullopt;
  Random random(1);
  std::vector<double> ratios;
  for (int i = 0; i < kResamples; ++i) {
    Outcomes drawn;
    for (std::size_t k = 0; k < outcomes.size(); ++k) {
      drawn.push_back(outcomes[random.below(outcomes.size())]);
    }
    ratios.push_back(time_of(drawn, plain) / time_of(drawn, variant));
  }
  return Interval{percentile(ratios, 0.025), percentile(ratios, 0.975)};
}

void fill(TraceRow& row, std::span<const SpeculationVariant> variants, std::size_t variant,
          const Outcomes& outcomes) {
  row.lines = static_cast<std::uint32_t>(outcomes.size());
  double tokens = 0;
  double passes = 0;
  std::vector<double> totals;
  for (const auto* line : outcomes) {
    const DecodeOutcome& outcome = (*line)[variant];
    tokens += tokens_of_passes(outcome);
    passes += outcome.passes;
    row.accepted_per_pass += outcome.accepted;
    row.drafted_per_pass += outcome.drafted;
    totals.push_back(outcome.encode_ms + outcome.milliseconds);
    if (!outcome.is_same) ++row.differing;
  }
  if (passes > 0) {
    row.tokens_per_pass = tokens / passes;
    row.accepted_per_pass /= passes;
    row.drafted_per_pass /= passes;
  }
  row.decode_ms = time_of(outcomes, variant) / row.lines;
  row.total_ms = percentile(totals, 0.5);
  const auto plain = unspeculated(variants, variants[variant]);
  if (!plain) return;
  row.speedup = time_of(outcomes, *plain) / time_of(outcomes, variant);
  row.speedup_interval = ratio_interval(outcomes, *plain, variant);
  std::vector<double> single;
  for (const auto* line : outcomes) {
    const DecodeOutcome& outcome = (*line)[*plain];
    if (outcome.passes > 0) single.push_back(outcome.milliseconds / outcome.passes);
  }
  if (!single.empty()) row.total_passes = row.total_ms / percentile(single, 0.5);
}

std::string_view rows_of(const TraceRow& row) {
  if (!row.is_novel) return "all";
  return *row.is_novel ? "novel" : "verbatim";
}

}  // namespace

std::vector<TraceRow> summarise(std::span<const SpeculationVariant> variants,
                                std::span<const LineOutcome> lines) {
  std::vector<TraceRow> rows;
  for (const bool is_key : {false, true}) {
    for (const std::optional<bool> is_novel :
         {std::optional<bool>(), std::optional(true), std::optional(false)}) {
      Outcomes outcomes;
      for (const LineOutcome& line : lines) {
        const auto& made = is_key ? line.key : line.line;
        if (!made.empty() && is_novel.value_or(line.is_novel) == line.is_novel) {
          outcomes.push_back(&made);
        }
      }
      if (outcomes.empty()) continue;
      for (std::size_t i = 0; i < variants.size(); ++i) {
        TraceRow& row = rows.emplace_back();
        row.variant = variants[i];
        row.is_key = is_key;
        row.is_novel = is_novel;
        fill(row, variants, i, outcomes);
      }
    }
  }
  return rows;
}

boost::json::object to_json(const TraceRow& row) {
  boost::json::object object{{"speculation", name_of(row.variant.speculation)},
                             {"sampling", sampling_of(row.variant.sampling)},
                             {"request", row.is_key ? "key" : "line"},
                             {"lines", rows_of(row)},
                             {"n", row.lines},
                             {"tokens_per_pass", row.tokens_per_pass},
                             {"accepted_per_pass", row.accepted_per_pass},
                             {"drafted_per_pass", row.drafted_per_pass},
                             {"decode_ms", row.decode_ms},
                             {"total_ms", row.total_ms},
                             {"differing", row.differing}};
  if (row.speedup) object["speedup"] = *row.speedup;
  if (row.speedup_interval) {
    object["speedup_low"] = row.speedup_interval->low;
    object["speedup_high"] = row.speedup_interval->high;
  }
  if (row.total_passes) object["total_passes"] = *row.total_passes;
  return object;
}

std::string table_of(std::span<const TraceRow> rows) {
  std::vector<TextColumn> table;
  const auto add = [&](std::string heading, bool is_number,
                       const std::function<std::string(const TraceRow&)>& cell) {
    TextColumn column{std::move(heading), is_number, {}};
    for (const TraceRow& row : rows) column.cells.push_back(cell(row));
    table.push_back(std::move(column));
  };
  const auto number = [](double value, int decimals) {
    return fmt::format("{:.{}f}", value, decimals);
  };
  add("speculation", false,
      [](const TraceRow& row) { return std::string(name_of(row.variant.speculation)); });
  add("chosen", false, [](const TraceRow& row) { return sampling_of(row.variant.sampling); });
  add("request", false, [](const TraceRow& row) { return row.is_key ? "key" : "line"; });
  add("lines", false, [](const TraceRow& row) { return std::string(rows_of(row)); });
  add("n", true, [](const TraceRow& row) { return std::to_string(row.lines); });
  add("tokens/pass", true, [&](const TraceRow& row) { return number(row.tokens_per_pass, 2); });
  add("drafted/pass", true, [&](const TraceRow& row) { return number(row.drafted_per_pass, 2); });
  add("decode ms", true, [&](const TraceRow& row) { return number(row.decode_ms, 1); });
  add("speedup", true, [&](const TraceRow& row) {
    if (!row.speedup) return std::string();
    if (!row.speedup_interval) return number(*row.speedup, 2);
    return fmt::format("{:.2f} [{:.2f}, {:.2f}]", *row.speedup, row.speedup_interval->low,
                       row.speedup_interval->high);
  });
  add("total p50 ms", true, [&](const TraceRow& row) { return number(row.total_ms, 1); });
  add("in passes", true, [&](const TraceRow& row) {
    return row.total_passes ? number(*row.total_passes, 1) : std::string();
  });
  add("differing", true, [](const TraceRow& row) { return std::to_string(row.differing); });
  return text_table(table);
}

}  // namespace nextline::replay
