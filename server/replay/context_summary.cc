#include "server/replay/context_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "server/replay/text_table.h"

namespace nextline::replay {
namespace {

struct Group {
  std::string_view name;
  bool (*has)(const ContextResult&);
};

bool shows_name(const ContextResult& result) {
  return std::ranges::any_of(result.outcomes, &ContextOutcome::has_name);
}

constexpr std::array kGroups = {
    Group{"all", [](const ContextResult&) { return true; }},
    Group{"python",
          [](const ContextResult& result) { return result.language == Language::kPython; }},
    Group{"java", [](const ContextResult& result) { return result.language == Language::kJava; }},
    Group{
        "first use",
        [](const ContextResult& result) { return result.setting == RowSetting::kCrossFileFirst; }},
    Group{
        "later use",
        [](const ContextResult& result) { return result.setting == RowSetting::kCrossFileRandom; }},
    Group{"name shown", shows_name},
    Group{"name not shown", [](const ContextResult& result) { return !shows_name(result); }},
    Group{"line not shown", [](const ContextResult& result) {
            return std::ranges::none_of(result.outcomes, &ContextOutcome::has_line);
          }}};

using Outcomes = std::vector<const ContextOutcome*>;  // By line.
using Figure = double (*)(const ContextOutcome&);

double nats_per_token(const ContextOutcome& outcome) { return outcome.nats / outcome.line_tokens; }
double nats_per_line(const ContextOutcome& outcome) { return outcome.nats; }
double exact(const ContextOutcome& outcome) { return outcome.exact_match ? 100 : 0; }
double similarity(const ContextOutcome& outcome) { return outcome.edit_similarity; }

std::vector<double> samples_of(const Outcomes& outcomes, Figure figure) {
  std::vector<double> samples;
  for (const ContextOutcome* outcome : outcomes) samples.push_back(figure(*outcome));
  return samples;
}

double mean_of(const Outcomes& outcomes, Figure figure) {
  return mean(samples_of(outcomes, figure));
}

void take_quality(ContextRow& row, const Outcomes& outcomes) {
  row.nats_per_token = estimate_of(samples_of(outcomes, nats_per_token));
  row.nats_per_line = estimate_of(samples_of(outcomes, nats_per_line));
  row.exact_match = estimate_of(samples_of(outcomes, exact));
  row.edit_similarity = estimate_of(samples_of(outcomes, similarity));
}

/// `sign`: −1 where less is better.
Estimate gain(const Outcomes& outcomes, const Outcomes& without, Figure figure, double sign) {
  std::vector<double> gains = samples_of(outcomes, figure);
  const std::vector<double> reference = samples_of(without, figure);
  for (std::size_t i = 0; i < gains.size(); ++i) gains[i] = sign * (gains[i] - reference[i]);
  return estimate_of(gains);
}

void take_gains(ContextRow& row, const Outcomes& outcomes, const Outcomes& without) {
  row.nats_per_token_gain = gain(outcomes, without, nats_per_token, -1);
  row.nats_per_line_gain = gain(outcomes, without, nats_per_line, -1);
  row.exact_match_gain = gain(outcomes, without, exact, 1);
  row.edit_similarity_gain = gain(outcomes, without, similarity, 1);
}

void take_cost(ContextRow& row, Outcomes outcomes) {
  row.names_shown =
      mean_of(outcomes, [](const ContextOutcome& o) { return o.has_name ? 100.0 : 0.0; });
  row.context_tokens =
      mean_of(outcomes, [](const ContextOutcome& o) { return double(o.context_tokens); });
  row.prompt_tokens =
      mean_of(outcomes, [](const ContextOutcome& o) { return double(o.prompt_tokens); });
  std::erase_if(outcomes, [](const ContextOutcome* o) { return !o->editing; });
  if (outcomes.empty()) return;
  row.editing = EditingRow{
      static_cast<std::uint32_t>(outcomes.size()),
      mean_of(outcomes, [](const ContextOutcome& o) { return double(o.editing->keys); }),
      mean_of(outcomes, [](const ContextOutcome& o) { return double(o.editing->typed); }),
      mean_of(outcomes, [](const ContextOutcome& o) { return double(o.editing->line_above); }),
      mean_of(outcomes, [](const ContextOutcome& o) { return double(o.editing->chosen_anew); }),
      mean_of(outcomes,
              [](const ContextOutcome& o) { return o.editing->chosen_anew > 0 ? 100.0 : 0.0; })};
}

void add_rows(const Group& group, std::span<const std::uint32_t> budgets,
              std::span<const ContextResult> results, std::vector<ContextRow>& rows) {
  std::vector<Outcomes> by_budget(budgets.size());
  for (const ContextResult& result : results) {
    if (!group.has(result)) continue;
    for (std::size_t i = 0; i < budgets.size(); ++i) by_budget[i].push_back(&result.outcomes[i]);
  }
  if (by_budget.empty() || by_budget.front().empty()) return;
  const std::size_t lines = by_budget.front().size();
  if (lines == results.size() && group.name != kGroups.front().name) return;
  const auto without = std::ranges::find(budgets, 0U) - budgets.begin();
  for (std::size_t i = 0; i < budgets.size(); ++i) {
    ContextRow& row = rows.emplace_back();
    row.budget = budgets[i];
    row.group = group.name;
    row.lines = static_cast<std::uint32_t>(lines);
    take_quality(row, by_budget[i]);
    if (static_cast<std::size_t>(without) < budgets.size() && budgets[i] != 0) {
      take_gains(row, by_budget[i], by_budget[static_cast<std::size_t>(without)]);
    }
    take_cost(row, by_budget[i]);
  }
}

}  // namespace

std::vector<ContextRow> summarise(std::span<const std::uint32_t> budgets,
                                  std::span<const ContextResult> results) {
  std::vector<ContextRow> rows;
  for (const Group& group : kGroups) add_rows(group, budgets, results, rows);
  return rows;
}

boost::json::object to_json(const ContextRow& row) {
  boost::json::object object{{"context", row.budget}, {"lines", row.group}, {"n", row.lines}};
  add_estimate(object, "nats_per_token", row.nats_per_token);
  add_estimate(object, "nats_per_line", row.nats_per_line);
  add_estimate(object, "exact_match", row.exact_match);
  add_estimate(object, "edit_similarity", row.edit_similarity);
  add_estimate(object, "nats_per_token_gain", row.nats_per_token_gain);
  add_estimate(object, "nats_per_line_gain", row.nats_per_line_gain);
  add_estimate(object, "exact_match_gain", row.exact_match_gain);
  add_estimate(object, "edit_similarity_gain", row.edit_similarity_gain);
  object["names_shown"] = row.names_shown;
  object["context_tokens"] = row.context_tokens;
  object["prompt_tokens"] = row.prompt_tokens;
  if (row.editing) {
    object["editing"] = {{"n", row.editing->lines},
                         {"keys", row.editing->keys},
                         {"typed", row.editing->typed},
                         {"line_above", row.editing->line_above},
                         {"chosen_anew", row.editing->chosen_anew},
                         {"changes", row.editing->changes}};
  }
  return object;
}

std::string table_of(std::span<const ContextRow> rows) {
  std::vector<TextColumn> table;
  const auto add = [&](std::string heading, bool is_number,
                       const std::function<std::string(const ContextRow&)>& cell) {
    TextColumn column{std::move(heading), is_number, {}};
    for (const ContextRow& row : rows) column.cells.push_back(cell(row));
    table.push_back(std::move(column));
  };
  const auto add_editing = [&](std::string heading, double EditingRow::*figure) {
    add(std::move(heading), true, [figure](const ContextRow& row) {
      return row.editing ? fmt::format("{:.1f}", *row.editing.*figure) : std::string();
    });
  };
  add("context", true, [](const ContextRow& row) { return std::to_string(row.budget); });
  add("lines", false, [](const ContextRow& row) { return std::string(row.group); });
  add("n", true, [](const ContextRow& row) { return std::to_string(row.lines); });
  add("nats/token", true,
      [](const ContextRow& row) { return with_interval(row.nats_per_token, 3); });
  add("saved", true,
      [](const ContextRow& row) { return with_interval(row.nats_per_token_gain, 3); });
  add("nats/line", true, [](const ContextRow& row) { return with_interval(row.nats_per_line, 2); });
  add("saved", true,
      [](const ContextRow& row) { return with_interval(row.nats_per_line_gain, 2); });
  add("exact match %", true,
      [](const ContextRow& row) { return with_interval(row.exact_match, 1); });
  add("gained", true, [](const ContextRow& row) { return with_interval(row.exact_match_gain, 1); });
  add("similarity", true,
      [](const ContextRow& row) { return with_interval(row.edit_similarity, 1); });
  add("gained", true,
      [](const ContextRow& row) { return with_interval(row.edit_similarity_gain, 1); });
  add("name shown %", true,
      [](const ContextRow& row) { return fmt::format("{:.1f}", row.names_shown); });
  add("its tokens", true,
      [](const ContextRow& row) { return fmt::format("{:.0f}", row.context_tokens); });
  add("of", true, [](const ContextRow& row) { return fmt::format("{:.0f}", row.prompt_tokens); });
  add_editing("typed", &EditingRow::typed);
  add_editing("line above", &EditingRow::line_above);
  add_editing("chosen anew", &EditingRow::chosen_anew);
  return text_table(table);
}

}  // namespace nextline::replay
