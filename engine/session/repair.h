#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nextline {

/// What is computed again before a completion besides the tokens that have changed: the stages of a
/// repair, the most urgent first. What is left is stale until a refresh comes to it.
enum class RepairStage : std::uint8_t {
  kMarkers,      ///< Fill-in-the-middle markers behind a change: they sum up where the text ended.
  kRestOfLine,   ///< What follows a change in its line.
  kNamesSymbol,  ///< Lines that name a symbol whose definition has changed.
  kBeforeGap,    ///< The last tokens before the gap, if what stands before them has changed.
  kBehindGap,    ///< The first tokens behind it, if that or the gap's place has changed.
  kPassed,       ///< Tokens that the gap has passed since they were computed.
  kBehindEdit,   ///< What stands right behind an edit, in the same piece of syntax.
};
constexpr std::array kRepairStages = {RepairStage::kMarkers,     RepairStage::kRestOfLine,
                                      RepairStage::kNamesSymbol, RepairStage::kBeforeGap,
                                      RepairStage::kBehindGap,   RepairStage::kPassed,
                                      RepairStage::kBehindEdit};

/// "markers", "rest_of_line", "names_symbol", "before_gap", "behind_gap", "passed", "behind_edit".
std::string_view name_of(RepairStage stage);
/// All of them, with commas between.
std::string repair_stage_names();

/// How much of a repair is made, in tokens; 0 leaves a stage out.
struct RepairOptions {
  bool markers = true;
  std::uint32_t rest_of_line = 16;  ///< Behind each change.
  std::uint32_t before_gap = 40;
  std::uint32_t behind_gap = 96;
  std::uint32_t passed = 96;  ///< Those that are nearest to the gap.
  // For all edits of a change together, in equal shares:
  std::uint32_t behind_edit = 8;
  std::uint32_t names_symbol = 32;
  /// What all stages but the markers may take for one change of the text elsewhere, or one jump of
  /// the cursor. What remains is left to the refresh.
  std::uint32_t budget = 288;

  static RepairOptions none() { return {false, 0, 0, 0, 0, 0, 0, 0}; }
  std::uint32_t most(RepairStage stage) const;
};

/// Options of which only some stages are made: "all", "none", or names of stages with commas
/// between them. A name may be followed by a colon and other tokens than the options'; so may the
/// word "budget". Nothing for anything else.
std::optional<RepairOptions> repair_of_stages(std::string_view names, const RepairOptions& options);

/// Tokens computed again, by stage.
struct RepairCounts {
  std::array<std::uint32_t, kRepairStages.size()> tokens{};
  std::uint32_t& operator[](RepairStage stage) { return tokens[static_cast<std::size_t>(stage)]; }
  std::uint32_t operator[](RepairStage stage) const {
    return tokens[static_cast<std::size_t>(stage)];
  }
};

}  // namespace nextline
