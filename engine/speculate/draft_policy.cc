#include "engine/speculate/draft_policy.h"

#include <algorithm>
#include <cassert>
#include <queue>

namespace nextline {
namespace {

constexpr std::uint32_t kNone = 0xffffffffU;

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

std::uint32_t DraftPolicy::child(std::uint32_t parent, TokenId token) {
  std::uint32_t index = nodes_[parent].first_child;
  while (index != kNone && nodes_[index].token != token) index = nodes_[index].next_sibling;
  if (index != kNone) return index;
  index = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({token, parent, kNone, nodes_[parent].first_child, 0, 0, 0, 0});
  nodes_[parent].first_child = index;
  return index;
}

void DraftPolicy::grow(const DraftCandidate& candidate) {
  assert(candidate.weight > 0);
  std::uint32_t node = 0;
  std::uint32_t match_length = candidate.match_length;
  for (const TokenId token : candidate.tokens) {
    nodes_[node].match_length = std::max(nodes_[node].match_length, match_length++);
    ++nodes_[node].count;
    nodes_[node].weight_behind += candidate.weight;
    node = child(node, token);
    nodes_[node].weight += candidate.weight;
  }
}

void DraftPolicy::choose(std::span<const DraftCandidate> candidates, std::uint32_t most_tokens,
                         std::vector<DraftToken>& tree) {
  assert(tree.size() == 1);
  nodes_.assign(1, {tree[0].token, kNone, kNone, kNone, 0, 0, 0, 0});
  for (const DraftCandidate& candidate : candidates) grow(candidate);

  struct Reachable {
    double probability;
    double share;  // Among its siblings.
    std::uint32_t node;
    std::uint32_t parent_row;
    bool operator<(const Reachable& other) const {
      return probability < other.probability ||
             (probability == other.probability && node > other.node);
    }
  };
  std::priority_queue<Reachable> reachable;
  std::vector<double> shares = {0};  // By row.
  expectations_.clear();
  const auto add_children = [&](std::uint32_t node, std::uint32_t row, double probability) {
    const std::uint32_t cell = cell_of(nodes_[node].match_length, nodes_[node].count);
    expectations_.push_back({cell});
    for (std::uint32_t i = nodes_[node].first_child; i != kNone; i = nodes_[i].next_sibling) {
      const double share = nodes_[i].weight / nodes_[node].weight_behind;
      reachable.push({probability * share * acceptance_of(cell), share, i, row});
    }
  };
  add_children(0, 0, 1);

  const std::uint32_t most_rows = std::min(most_tokens, PassCost::kMostRows);
  double expected = 1;  // Tokens that the pass gives.
  double best = 1 / cost_.of(1);
  std::uint32_t best_rows = 1;
  while (tree.size() < most_rows && !reachable.empty()) {
    const Reachable next = reachable.top();
    if (next.probability < kLeast) break;
    reachable.pop();
    const auto row = static_cast<std::uint32_t>(tree.size());
    tree.push_back({nodes_[next.node].token, next.parent_row});
    shares.push_back(next.share);
    expected += next.probability;
    add_children(next.node, row, next.probability);
    const double gain = expected / cost_.of(row + 1);
    if (gain > best) {
      best = gain;
      best_rows = row + 1;
    }
  }
  tree.resize(best_rows);
  expectations_.resize(best_rows);
  for (std::uint32_t row = 1; row < best_rows; ++row) {
    expectations_[*tree[row].parent].share += shares[row];
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
