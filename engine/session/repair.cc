#include "engine/session/repair.h"

#include <charconv>

namespace nextline {
namespace {

std::optional<RepairStage> stage_from_name(std::string_view name) {
  for (const RepairStage stage : kRepairStages) {
    if (name_of(stage) == name) return stage;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Takes "stage", "stage:tokens" or "budget:tokens"; false for anything else.
bool take_stage(std::string_view item, const RepairOptions& options, RepairOptions& some) {
  const std::size_t colon = item.find(':');
  std::optional<std::uint32_t> number;
  if (colon != std::string_view::npos) {
    number = number_in(item.substr(colon + 1));
    if (!number) return false;
  }
  const std::string_view name = item.substr(0, colon);
  if (name == "budget" && number) {
    some.budget = *number;
    return true;
  }
  const auto stage = stage_from_name(name);
  if (!stage) return false;
  const std::uint32_t tokens = number ? *number : options.most(*stage);
  switch (*stage) {
    case RepairStage::kMarkers:
      some.markers = options.markers;
      return !number;
    case RepairStage::kRestOfLine:
      some.rest_of_line = tokens;
      return true;
    case RepairStage::kNamesSymbol:
      some.names_symbol = tokens;
      return true;
    case RepairStage::kBeforeGap:
      some.before_gap = tokens;
      return true;
    case RepairStage::kBehindGap:
      some.behind_gap = tokens;
      return true;
    case RepairStage::kPassed:
      some.passed = tokens;
      return true;
    case RepairStage::kBehindEdit:
      some.behind_edit = tokens;
      return true;
  }
  return false;
}

}  // namespace

std::string_view name_of(RepairStage stage) {
  switch (stage) {
    case RepairStage::kMarkers:
      return "markers";
    case RepairStage::kRestOfLine:
      return "rest_of_line";
    case RepairStage::kBeforeGap:
      return "before_gap";
    case RepairStage::kBehindGap:
      return "behind_gap";
    case RepairStage::kPassed:
      return "passed";
    case RepairStage::kBehindEdit:
      return "behind_edit";
    case RepairStage::kNamesSymbol:
      return "names_symbol";
  }
  return "";
}

std::uint32_t RepairOptions::most(RepairStage stage) const {
  switch (stage) {
    case RepairStage::kMarkers:
      return markers ? 2 : 0;
    case RepairStage::kRestOfLine:
      return rest_of_line;
    case RepairStage::kBeforeGap:
      return before_gap;
    case RepairStage::kBehindGap:
      return behind_gap;
    case RepairStage::kPassed:
      return passed;
    case RepairStage::kBehindEdit:
      return behind_edit;
    case RepairStage::kNamesSymbol:
      return names_symbol;
  }
  return 0;
}

std::optional<RepairOptions> repair_of_stages(std::string_view names,
                                              const RepairOptions& options) {
  if (names == "all") return options;
  RepairOptions some = RepairOptions::none();
  some.budget = options.budget;
  if (names == "none") return some;
  while (true) {
    const std::size_t comma = names.find(',');
    if (!take_stage(names.substr(0, comma), options, some)) return std::nullopt;
    if (comma == std::string_view::npos) return some;
    names.remove_prefix(comma + 1);
  }
}

}  // namespace nextline
