#include "server/bench/bench_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <vector>

namespace nextline::bench {
namespace {

/// A figure with three significant digits, but no fewer than its integer part has.
std::string figure(double value) {
  return value >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:#.3g}", value);
}

std::string optional_figure(const std::optional<double>& value) {
  return value ? figure(*value) : std::string();
}

std::string share(const std::optional<double>& value) {
  return value ? fmt::format("{:.0f} %", 100 * *value) : std::string();
}

std::string count(const std::optional<std::uint32_t>& value) {
  return value ? fmt::format("{}", *value) : std::string();
}

struct Column {
  std::string_view heading;
  bool is_number;  // Aligned to the right.
  std::function<std::string(const BenchRow&)> cell;
};

const std::vector<Column>& columns() {
  static const std::vector<Column> kColumns = {
      {"bench", false, [](const BenchRow& row) { return row.bench; }},
      {"case", false, [](const BenchRow& row) { return row.subject; }},
      {"mode", false, [](const BenchRow& row) { return row.mode; }},
      {"context", true, [](const BenchRow& row) { return count(row.context); }},
      {"rows", true, [](const BenchRow& row) { return count(row.batch_rows); }},
      {"median", true, [](const BenchRow& row) { return figure(row.value); }},
      {"", false, [](const BenchRow& row) { return row.unit; }},
      {"pass ms", true, [](const BenchRow& row) { return optional_figure(row.pass_ms); }},
      {"of limit", true, [](const BenchRow& row) { return share(row.of_limit); }},
      {"of prefill", true, [](const BenchRow& row) { return share(row.of_full_prefill); }},
      {"encoded", true, [](const BenchRow& row) { return count(row.tokens_encoded); }},
      {"splice us", true, [](const BenchRow& row) { return optional_figure(row.splice_us); }},
  };
  return kColumns;
}

/// The column's cells as lines of equal width, its heading first; nothing if all are empty.
std::vector<std::string> lines_of(const Column& column, std::span<const BenchRow> rows) {
  std::vector<std::string> cells = {std::string(column.heading)};
  for (const BenchRow& row : rows) cells.push_back(column.cell(row));
  if (std::all_of(cells.begin() + 1, cells.end(), [](const auto& cell) { return cell.empty(); })) {
    return {};
  }
  std::size_t width = 0;
  for (const std::string& cell : cells) width = std::max(width, cell.size());
  for (std::string& cell : cells) {
    cell =
        column.is_number ? fmt::format("{:>{}}", cell, width) : fmt::format("{:<{}}", cell, width);
  }
  return cells;
}

}  // namespace

boost::json::object to_json(const BenchRow& row) {
  boost::json::object object;
  const auto add = [&object](std::string_view key, const auto& value) {
    if (value) object[key] = *value;
  };
  const auto add_text = [&object](std::string_view key, const std::string& text) {
    if (!text.empty()) object[key] = text;
  };
  add_text("bench", row.bench);
  add_text("case", row.subject);
  add_text("model", row.model);
  add_text("mode", row.mode);
  add("context", row.context);
  add("batch_rows", row.batch_rows);
  object["value"] = row.value;
  add_text("unit", row.unit);
  add("pass_ms", row.pass_ms);
  add("single_row_ms", row.single_row_ms);
  add("of_limit", row.of_limit);
  add("of_full_prefill", row.of_full_prefill);
  add("tokens_encoded", row.tokens_encoded);
  add("splice_us", row.splice_us);
  return object;
}

std::string table_of(std::span<const BenchRow> rows) {
  std::vector<std::string> lines(rows.size() + 1);
  for (const Column& column : columns()) {
    const std::vector<std::string> cells = lines_of(column, rows);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (!lines[i].empty()) lines[i] += "  ";
      lines[i] += cells[i];
    }
  }
  std::string text;
  for (std::string& line : lines) {
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace nextline::bench
