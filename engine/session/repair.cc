#include "engine/session/repair.h"

namespace nextline {

std::string_view name_of(RepairStage stage) {
  switch (stage) {
    case RepairStage::kMarkers:
      return "markers";
    case RepairStage::kRestOfLine:
      return "rest_of_line";
    case RepairStage::kBeforeGap:
      return "before_gap";
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
    const std::string_view name = names.substr(0, comma);
    if (name == name_of(RepairStage::kMarkers)) {
      some.markers = options.markers;
    } else if (name == name_of(RepairStage::kRestOfLine)) {
      some.rest_of_line = options.rest_of_line;
    } else if (name == name_of(RepairStage::kBeforeGap)) {
      some.before_gap = options.before_gap;
    } else if (name == name_of(RepairStage::kBehindEdit)) {
      some.behind_edit = options.behind_edit;
    } else if (name == name_of(RepairStage::kNamesSymbol)) {
      some.names_symbol = options.names_symbol;
    } else {
      return std::nullopt;
    }
    if (comma == std::string_view::npos) return some;
    names.remove_prefix(comma + 1);
  }
}

}  // namespace nextline
