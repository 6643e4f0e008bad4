#include "engine/speculate/draft_policy.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace nextline {
namespace {

/// Candidates count as three kinds: one alone, two or three, more.
constexpr std::array<std::uint32_t, 2> kCountBounds = {1, 3};
/// Lengths of equal context, up to and including: the last kind has all that are longer.
constexpr std::array<std::uint32_t, 10> kLengthBounds = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32};
/// What is assumed of each kind before it is measured, and as how many measurements that counts.
constexpr std::array<double, 11> kAssumed = {0.25, 0.35, 0.45, 0.55, 0.62, 0.7,
                                             0.76, 0.82, 0.87, 0.9,  0.92};
constexpr double kAssumedCount = 8;
/// With each draft, measurements lose so much of their weight: half of it in some 350 drafts.
constexpr double kKept = 0.998;
/// Nothing less probable is drafted, or looked at.
constexpr double kLeast = 0.01;

template <std::size_t kSize>
std::uint32_t kind_of(const std::array<std::uint32_t, kSize>& bounds, std::uint32_t value) {
  return static_cast<std::uint32_t>(std::ranges::lower_bound(bounds, value) - bounds.begin());
}

}  // namespace

std::uint32_t DraftPolicy::cell_of(std::uint32_t match_length, std::uint32_t candidate_count) {
  return kind_of(kLengthBounds, match_length) * kCounts + kind_of(kCountBounds, candidate_count);
}

double DraftPolicy::acceptance_of(std::uint32_t cell) const {
  const double assumed = kAssumed[cell / kCounts];
  return std::min(
      1.0, (cells_[cell].hits + kAssumedCount * assumed) / (cells_[cell].shares + kAssumedCount));
}

double DraftPolicy::acceptance(std::uint32_t match_length, std::uint32_t candidate_count) const {
  return acceptance_of(cell_of(match_length, candidate_count));
}

/// Parts the candidates that go on behind a row by their next tokens, and makes what may follow it.
void DraftPolicy::expand(const Place& place, std::uint32_t row, double probability) {
  const auto first = order_.begin() + place.first;
  const auto end = std::partition(first, order_.begin() + place.end, [&](std::uint32_t candidate) {
    return candidates_[candidate].tokens.size() > place.depth;
  });
  const auto token_of = [&](std::uint32_t candidate) {
    return candidates_[candidate].tokens[place.depth];
  };
  std::uint32_t match_length = 0;
  double weight = 0;
  for (auto candidate = first; candidate != end; ++candidate) {
    match_length = std::max(match_length, candidates_[*candidate].match_length + place.depth);
    weight += candidates_[*candidate].weight;
  }
  const std::uint32_t cell = cell_of(match_length, static_cast<std::uint32_t>(end - first));
  expectations_.push_back({cell});
  std::sort(first, end, [&](std::uint32_t a, std::uint32_t b) {
    return token_of(a) != token_of(b) ? token_of(a) < token_of(b) : a < b;
  });
  for (auto same = first; same != end;) {
    const auto begin = same;
    double through = 0;
    for (; same != end && token_of(*same) == token_of(*begin); ++same) {
      through += candidates_[*same].weight;
    }
    reachable_.push_back(
        {.probability = probability * through / weight * acceptance_of(cell),
         .share = through / weight,
         .candidate = *begin,
         .parent_row = row,
         .behind = {static_cast<std::uint32_t>(begin - order_.begin()),
                    static_cast<std::uint32_t>(same - order_.begin()), place.depth + 1}});
    std::push_heap(reachable_.begin(), reachable_.end());
  }
}

DraftPolicy::Reachable DraftPolicy::take_likeliest() {
  std::pop_heap(reachable_.begin(), reachable_.end());
  const Reachable likeliest = reachable_.back();
  reachable_.pop_back();
  return likeliest;
}

void DraftPolicy::choose(std::span<const DraftCandidate> candidates, std::uint32_t most_tokens,
                         std::vector<DraftToken>& tree) {
  assert(tree.size() == 1);
  candidates_ = candidates;
  order_.resize(candidates.size());
  std::iota(order_.begin(), order_.end(), 0U);
  reachable_.clear();
  expectations_.clear();
  shares_.assign(1, 0);
  expand({0, static_cast<std::uint32_t>(candidates.size()), 0}, 0, 1);

  const std::uint32_t most_rows = std::min(most_tokens, PassCost::kMostRows);
  double expected = 1;  // Tokens that the pass gives.
  double best = 1 / cost_.of(1);
  std::uint32_t best_rows = 1;
  while (tree.size() < most_rows && !reachable_.empty()) {
    const Reachable next = take_likeliest();
    if (next.probability < kLeast) break;
    const auto row = static_cast<std::uint32_t>(tree.size());
    tree.push_back({candidates[next.candidate].tokens[next.behind.depth - 1], next.parent_row});
    shares_.push_back(next.share);
    expected += next.probability;
    expand(next.behind, row, next.probability);
    const double gain = expected / cost_.of(row + 1);
    if (gain > best) {
      best = gain;
      best_rows = row + 1;
    }
  }
  tree.resize(best_rows);
  expectations_.resize(best_rows);
  for (std::uint32_t row = 1; row < best_rows; ++row) {
    expectations_[*tree[row].parent].share += shares_[row];
  }
}

void DraftPolicy::learn(const DraftOutcome& outcome) {
  for (Cell& cell : cells_) {
    cell.hits *= kKept;
    cell.shares *= kKept;
  }
  assert(outcome.followed.back() < expectations_.size());
  const std::size_t known = outcome.followed.size() - (outcome.ended ? 1 : 0);
  for (std::size_t i = 0; i < known; ++i) {
    const Expectation& expectation = expectations_[outcome.followed[i]];
    cells_[expectation.cell].shares += expectation.share;
    if (i + 1 < outcome.followed.size()) cells_[expectation.cell].hits += 1;
  }
  cost_.learn(static_cast<std::uint32_t>(expectations_.size()), outcome.milliseconds);
}

}  // namespace nextline
