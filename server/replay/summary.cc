#include "server/replay/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>

#include "server/replay/text_table.h"

namespace nextline::replay {
namespace {

namespace json = boost::json;

/// A case's outcomes with one variant, and with full recomputation where that is among them.
struct Compared {
  const Outcome* outcome;
  const Outcome* full;
};

template <typename Figure>
Estimate estimate(std::span<const Compared> compared, Figure figure) {
  std::vector<double> samples;
  for (const Compared& one : compared) samples.push_back(figure(one));
  return estimate_of(samples);
}

double exact(const Outcome& outcome) { return outcome.exact_match ? 100 : 0; }

std::optional<std::size_t> full_of(std::span<const Variant> variants, const Variant& variant) {
  for (std::size_t i = 0; i < variants.size(); ++i) {
    if (variants[i].mode == Mode::kFull && has_same_prompt(variants[i], variant)) return i;
  }
  return std::nullopt;
}

/// One variant's outcomes of the results that a filter lets through.
template <typename Filter>
std::vector<Compared> compare(std::span<const Variant> variants, std::size_t variant,
                              std::span<const CaseResult> results, Filter filter) {
  const auto full = full_of(variants, variants[variant]);
  std::vector<Compared> compared;
  for (const CaseResult& result : results) {
    if (!filter(result)) continue;
    compared.push_back({&result.outcomes[variant], full ? &result.outcomes[*full] : nullptr});
  }
  return compared;
}

void take_quality(SummaryRow& row, std::span<const Compared> compared) {
  row.exact_match = estimate(compared, [](const Compared& c) { return exact(*c.outcome); });
  row.edit_similarity =
      estimate(compared, [](const Compared& c) { return double(c.outcome->edit_similarity); });
  row.kl = estimate(compared, [](const Compared& c) { return c.outcome->kl; });
  if (!compared.front().full) return;
  row.exact_match_gain =
      estimate(compared, [](const Compared& c) { return exact(*c.outcome) - exact(*c.full); });
  row.edit_similarity_gain = estimate(compared, [](const Compared& c) {
    return double(c.outcome->edit_similarity - c.full->edit_similarity);
  });
}

void take_key_error(SummaryRow& row, std::vector<Compared> compared) {
  std::erase_if(compared, [](const Compared& c) { return !c.outcome->key_error; });
  if (compared.empty()) return;
  row.key_error = estimate(compared, [](const Compared& c) { return *c.outcome->key_error; });
}

void take_cost(SummaryRow& row, std::span<const Compared> compared) {
  std::vector<double> milliseconds;
  for (const Compared& one : compared) {
    milliseconds.push_back(one.outcome->milliseconds);
    row.tokens_encoded += one.outcome->encoded;
    row.tokens_full += one.outcome->full;
    if (one.outcome->differing) row.differing = row.differing.value_or(0) + *one.outcome->differing;
  }
  row.p50_ms = percentile(milliseconds, 0.5);
  row.p95_ms = percentile(milliseconds, 0.95);
  row.tokens_encoded /= row.cases;
  row.tokens_full /= row.cases;
}

/// What a variant is called beside others: its mode, and what else tells it from the product.
std::string title_of(const Variant& variant) {
  std::string title = fmt::format("{} {}", name_of(variant.mode), name_of(variant.layout));
  if (variant.layout == Layout::kBlend) title += fmt::format(" {}", variant.blend_weight);
  if (variant.kv_type != KvType::kFloat16)
    title += fmt::format(" {}", short_name_of(variant.kv_type));
  if (variant.mode == Mode::kRepair && variant.stages != "all") {
    title += fmt::format(" ({})", variant.stages);
  }
  if (variant.edits_before > 0) title += fmt::format(", {} edits before", variant.edits_before);
  return title;
}

struct Column {
  std::string_view heading;
  bool is_number;
  std::function<std::string(const SummaryRow&)> cell;
};

const std::vector<Column>& columns() {
  static const std::vector<Column> kColumns = {
      {"variant", false, [](const SummaryRow& row) { return title_of(row.variant); }},
      {"edit", false,
       [](const SummaryRow& row) { return std::string(row.kind ? name_of(*row.kind) : "all"); }},
      {"language", false,
       [](const SummaryRow& row) {
         return std::string(row.language ? name_of(*row.language) : "all");
       }},
      {"n", true, [](const SummaryRow& row) { return fmt::format("{}", row.cases); }},
      {"exact match %", true,
       [](const SummaryRow& row) { return with_interval(row.exact_match, 1); }},
      {"against full", true,
       [](const SummaryRow& row) { return with_interval(row.exact_match_gain, 1); }},
      {"similarity", true,
       [](const SummaryRow& row) { return with_interval(row.edit_similarity, 1); }},
      {"against full", true,
       [](const SummaryRow& row) { return with_interval(row.edit_similarity_gain, 1); }},
      {"KL", true, [](const SummaryRow& row) { return with_interval(row.kl, 4); }},
      {"key error", true, [](const SummaryRow& row) { return with_interval(row.key_error, 5); }},
      {"encoded", true,
       [](const SummaryRow& row) {
         return fmt::format("{:.0f} ({:.1f} %)", row.tokens_encoded,
                            100 * row.tokens_encoded / row.tokens_full);
       }},
      {"p50 ms", true, [](const SummaryRow& row) { return fmt::format("{:.0f}", row.p50_ms); }},
      {"p95 ms", true, [](const SummaryRow& row) { return fmt::format("{:.0f}", row.p95_ms); }},
      {"differing", true,
       [](const SummaryRow& row) {
         return row.differing ? std::to_string(*row.differing) : std::string();
       }},
  };
  return kColumns;
}

PlottedValue plotted(const Estimate& e) {
  const Interval interval = e.interval.value_or(Interval{e.mean, e.mean});
  return {e.mean, interval.low, interval.high};
}

}  // namespace

std::vector<SummaryRow> summarise(std::span<const Variant> variants,
                                  std::span<const CaseResult> results) {
  std::set<EditKind> kinds;
  std::set<Language> languages;
  for (const CaseResult& result : results) {
    kinds.insert(result.kind);
    languages.insert(result.language);
  }
  std::vector<SummaryRow> rows;
  const auto add = [&](const std::optional<EditKind>& kind,
                       const std::optional<Language>& language) {
    for (std::size_t i = 0; i < variants.size(); ++i) {
      const auto compared = compare(variants, i, results, [&](const CaseResult& result) {
        return (!kind || result.kind == *kind) && (!language || result.language == *language);
      });
      if (compared.empty()) continue;
      SummaryRow& row = rows.emplace_back();
      row.variant = variants[i];
      row.kind = kind;
      row.language = language;
      row.cases = static_cast<std::uint32_t>(compared.size());
      take_quality(row, compared);
      take_key_error(row, compared);
      take_cost(row, compared);
    }
  };
  add(std::nullopt, std::nullopt);
  if (kinds.size() > 1) {
    for (const EditKind kind : kinds) add(kind, std::nullopt);
  }
  if (languages.size() > 1) {
    for (const Language language : languages) add(std::nullopt, language);
  }
  return rows;
}

json::object to_json(const SummaryRow& row) {
  const Variant& variant = row.variant;
  json::object object{{"mode", name_of(variant.mode)},
                      {"stages", variant.mode == Mode::kRepair ? variant.stages : ""},
                      {"edit", row.kind ? name_of(*row.kind) : "all"},
                      {"layout", name_of(variant.layout)},
                      {"kv_type", short_name_of(variant.kv_type)},
                      {"blend_weight", variant.blend_weight},
                      {"language", row.language ? name_of(*row.language) : "all"},
                      {"speculation", "off"},
                      {"edits_before", variant.edits_before},
                      {"n", row.cases}};
  add_estimate(object, "exact_match", row.exact_match);
  add_estimate(object, "edit_similarity", row.edit_similarity);
  add_estimate(object, "kl", row.kl);
  add_estimate(object, "key_error", row.key_error);
  add_estimate(object, "exact_match_gain", row.exact_match_gain);
  add_estimate(object, "edit_similarity_gain", row.edit_similarity_gain);
  object["p50_ms"] = row.p50_ms;
  object["p95_ms"] = row.p95_ms;
  object["tokens_encoded"] = row.tokens_encoded;
  object["tokens_full"] = row.tokens_full;
  object["accepted_per_pass"] = 0;
  if (row.differing) object["differing"] = *row.differing;
  return object;
}

std::string table_of(std::span<const SummaryRow> rows) {
  std::vector<TextColumn> table;
  for (const Column& column : columns()) {
    TextColumn filled{std::string(column.heading), column.is_number, {}};
    for (const SummaryRow& row : rows) filled.cells.push_back(column.cell(row));
    table.push_back(std::move(filled));
  }
  return text_table(table);
}

std::vector<PlotPoint> plot_points(std::span<const SummaryRow> rows) {
  std::vector<PlotPoint> points;
  for (const SummaryRow& row : rows) {
    if (row.kind || row.language) continue;
    points.push_back({title_of(row.variant), row.tokens_encoded / row.tokens_full, plotted(row.kl),
                      plotted(row.exact_match)});
  }
  return points;
}

}  // namespace nextline::replay
