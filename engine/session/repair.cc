#include "engine/session/repair.h"

#include <charconv>

namespace nextline {
namespace {

struct StageEntry {
  RepairStage stage;
  std::string_view name;
  std::uint32_t RepairOptions::*most;  // Null for markers, which are repaired or not.
};

constexpr std::array<StageEntry, kRepairStages.size()> kStageTable = {{
    {RepairStage::kMarkers, "markers", nullptr},
    {RepairStage::kRestOfLine, "rest_of_line", &RepairOptions::rest_of_line},
    {RepairStage::kNamesSymbol, "names_symbol", &RepairOptions::names_symbol},
    {RepairStage::kBeforeGap, "before_gap", &RepairOptions::before_gap},
    {RepairStage::kBehindGap, "behind_gap", &RepairOptions::behind_gap},
    {RepairStage::kPassed, "passed", &RepairOptions::passed},
    {RepairStage::kBehindEdit, "behind_edit", &RepairOptions::behind_edit},
}};

constexpr const StageEntry& entry_of(RepairStage stage) {
  return kStageTable[static_cast<std::size_t>(stage)];
}
static_assert([] {
  for (const RepairStage stage : kRepairStages) {
    if (entry_of(stage).stage != stage) return false;
  }
  return true;
}());

const StageEntry* entry_named(std::string_view name) {
  for (const StageEntry& entry : kStageTable) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
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
  const StageEntry* const entry = entry_named(name);
  if (entry == nullptr) return false;
  if (entry->most == nullptr) {
    some.markers = options.markers;
    return !number;
  }
  some.*entry->most = number.value_or(options.*entry->most);
  return true;
}

}  // namespace

std::string_view name_of(RepairStage stage) { return entry_of(stage).name; }

std::uint32_t RepairOptions::most(RepairStage stage) const {
  const auto tokens = entry_of(stage).most;
  if (tokens != nullptr) return this->*tokens;
  return markers ? 2 : 0;
}

std::string repair_stage_names() {
  std::string names;
  for (const StageEntry& entry : kStageTable) {
    if (!names.empty()) names += ", ";
    names += entry.name;
  }
  return names;
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
