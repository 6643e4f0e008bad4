// What of a session's cache is stale, and which of it is computed again before a completion.

#include <algorithm>
#include <array>
#include <span>
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
  if (layout_ != Layout::kPlain) outdate(suffix_first() - 1);
  if (layout_ == Layout::kSuffixPrefixMiddle) outdate(prefix_first() - 1);
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

void Session::outdate_behind_change() {
  const std::uint32_t end = prefix_first() + prefix_count_;
  bool is_elsewhere = gap_has_moved_;
  for (std::uint32_t index = first_change_; index < end && !is_elsewhere; ++index) {
    is_elsewhere = prompt_->holds(index);
  }
  // A key at the gap leaves what is behind it as good as it was.
  if (!is_elsewhere) return;
  prompt_->outdate(first_change_);
  repair_left_ = options_.repair.budget;
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

std::uint32_t Session::distance_from_gap(std::uint32_t index) const {
  if (is_before_gap(index)) return prefix_first() + prefix_count_ - 1 - index;
  return is_behind_gap(index) ? index - suffix_first() : 0;
}

std::optional<RepairStage> Session::repair_of(std::uint32_t index) const {
  if (!prompt_->holds(index)) return std::nullopt;
  const auto marked = prompt_->stale(index);
  if (marked == RepairStage::kMarkers) return marked;
  const RepairOptions& repair = options_.repair;
  const bool is_before = is_before_gap(index);
  // What is marked behind the gap is repaired when the gap has moved past it.
  if (is_before && marked && *marked < RepairStage::kBeforeGap) return marked;
  if (prompt_->is_outdated(index) && (is_before || is_behind_gap(index))) {
    const std::uint32_t distance = distance_from_gap(index);
    if (distance < (is_before ? repair.before_gap : repair.behind_gap)) {
      return is_before ? RepairStage::kBeforeGap : RepairStage::kBehindGap;
    }
    const bool was_before = prompt_->computed_side(index) == CachedPrompt::Side::kBefore;
    if (is_before != was_before && distance < repair.passed) return RepairStage::kPassed;
  }
  return is_before ? marked : std::nullopt;
}

std::vector<std::uint32_t> Session::repairs(std::uint32_t budget) const {
  std::array<std::vector<std::uint32_t>, kRepairStages.size()> stages;
  for (std::uint32_t index = prompt_->exact_until(); index < prompt_->size(); ++index) {
    if (const auto stage = repair_of(index)) {
      stages[static_cast<std::size_t>(*stage)].push_back(index);
    }
  }
  std::vector<std::uint32_t> repaired =
      std::move(stages[static_cast<std::size_t>(RepairStage::kMarkers)]);
  std::size_t left = budget;
  for (std::vector<std::uint32_t>& stage : std::span(stages).subspan(1)) {
    std::stable_sort(stage.begin(), stage.end(), [this](std::uint32_t a, std::uint32_t b) {
      return distance_from_gap(a) < distance_from_gap(b);
    });
    stage.resize(std::min(left, stage.size()));
    repaired.insert(repaired.end(), stage.begin(), stage.end());
    left -= stage.size();
  }
  return repaired;
}

RepairCounts Session::stale_among(std::span<const std::uint32_t> indices) const {
  RepairCounts counts;
  const std::uint32_t exact = prompt_->exact_until();
  for (const std::uint32_t index : indices) {
    const auto stage = index < exact ? std::nullopt : repair_of(index);
    if (stage) ++counts[*stage];
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
