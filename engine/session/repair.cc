#include "engine/session/repair.h"

namespace nextline {

std::string_view name_of(RepairStage stage) {
  switch (stage) {
    case RepairStage::kMarkers:
      return "markers";
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
    case RepairStage::kBeforeGap:
      return before_gap;
    case RepairStage::kBehindEdit:
      return behind_edit;
    case RepairStage::kNamesSymbol:
      return names_symbol;
  }
  return 0;
}

}  // namespace nextline
