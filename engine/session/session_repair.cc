// What of a session's cache is stale, and which of it is computed again before a completion.

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "engine/session/session.h"

namespace nextline {

void Session::outdate_markers(std::uint32_t changed) {
  has_prompt_logits_ = false;
  if (changed <= prefix_last()) has_plain_logits_ = false;
  if (!options_.repair.markers) return;
  const auto outdate = [&](std::uint32_t index) {
    if (index >= changed) prompt_->mark_stale(index, RepairStage::kMarkers);
  };
  if (has_suffix_last(layout_)) outdate(front_ + prefix_count_);
  if (layout_ == Layout::kSuffixPrefixMiddle) outdate(front_ + suffix_count_);
  outdate(last());
}

void Session::outdate_rest_of_line(std::uint32_t index) {
  const auto ends_line = [this](std::uint32_t token) {
    const std::string_view bytes = backend_->model().tokenizer().bytes_of(prompt_->tokens()[token]);
    return bytes.find('\n') != std::string_view::npos;
  };
  const std::uint32_t end =
      std::min(prefix_first() + prefix_count_, index + options_.repair.rest_of_line);
  for (; index < end && !ends_line(index - 1); ++index) {
    prompt_->mark_stale(index, RepairStage::kRestOfLine);
  }
}

void Session::outdate_before_gap() {
  const std::uint32_t end = prefix_first() + prefix_count_;
  const std::uint32_t first =
      std::max(first_change_, end - std::min(options_.repair.before_gap, prefix_count_));
  for (std::uint32_t index = first; index < end; ++index) {
    prompt_->mark_stale(index, RepairStage::kBeforeGap);
  }
  // What was left of an earlier repair gets another budget where this update has moved it.
  for (std::uint32_t index = first_change_; index < end; ++index) {
    if (prompt_->stale(index)) repair_left_ = options_.repair.budget;
  }
}

void Session::mark_stale(std::span<const StaleSpan> spans) {
  const std::uint32_t exact = prompt_->exact_until();
  for (const auto& [reason, stage] :
       {std::pair{StaleReason::kBehindEdit, RepairStage::kBehindEdit},
        std::pair{StaleReason::kNamesSymbol, RepairStage::kNamesSymbol}}) {
    std::uint32_t left = options_.repair.most(stage);
    auto spans_left = static_cast<std::uint32_t>(
        std::count_if(spans.begin(), spans.end(),
                      [reason = reason](const StaleSpan& span) { return span.reason == reason; }));
    for (const StaleSpan& span : spans) {
      if (span.reason != reason) continue;
      std::uint32_t share = (left + spans_left - 1) / spans_left;
      --spans_left;
      for (const auto side : {TextAroundCursor::Side::kBefore, TextAroundCursor::Side::kBehind}) {
        const auto tokens = text_->tokens_of(side, span.first, span.last);
        for (std::size_t token = tokens.first; token < tokens.last && share > 0; ++token) {
          const std::uint32_t index = index_of(side, token);
          if (index < exact || !prompt_->holds(index)) continue;
          prompt_->mark_stale(index, stage);
          if (is_before_gap(index)) {
            repair_left_ = options_.repair.budget;
            outdate_markers(index);
          }
          --share;
          --left;
        }
      }
    }
  }
}

std::vector<std::uint32_t> Session::repairs() const {
  std::array<std::vector<std::uint32_t>, kRepairStages.size()> stale;
  for (std::uint32_t index = prompt_->exact_until(); index < prompt_->size(); ++index) {
    const auto stage = prompt_->stale(index);
    // What stands behind the gap is repaired when the gap has moved past it.
    if (stage && (*stage == RepairStage::kMarkers || is_before_gap(index))) {
      stale[static_cast<std::size_t>(*stage)].push_back(index);
    }
  }
  auto& [markers, rest_of_line, names_symbol, before_gap, behind_edit] = stale;
  std::vector<std::uint32_t> repaired = std::move(markers);
  std::size_t left = repair_left_;
  for (const auto* stage : {&rest_of_line, &names_symbol, &before_gap, &behind_edit}) {
    const auto nearest = static_cast<std::ptrdiff_t>(std::min(left, stage->size()));
    repaired.insert(repaired.end(), stage->end() - nearest, stage->end());
    left -= static_cast<std::size_t>(nearest);
  }
  return repaired;
}

RepairCounts Session::stale_among(std::span<const std::uint32_t> indices) const {
  RepairCounts counts;
  for (const std::uint32_t index : indices) {
    if (const auto stage = prompt_->stale(index)) ++counts[*stage];
  }
  return counts;
}

void Session::take_repaired(const RepairCounts& counts) {
  for (const RepairStage stage : kRepairStages) {
    repaired_[stage] += counts[stage];
    if (stage != RepairStage::kMarkers) repair_left_ -= std::min(repair_left_, counts[stage]);
  }
}

}  // namespace nextline
