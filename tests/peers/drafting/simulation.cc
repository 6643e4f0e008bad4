#include "tests/peers/drafting/simulation.h"

#include <algorithm>
#include <chrono>

namespace nextline::peers {
namespace {

constexpr double kRowMilliseconds = 13.5;

using Clock = std::chrono::steady_clock;

/// The rows of a tree that are said, from the known token on.
std::vector<std::uint32_t> followed(std::span<const DraftToken> tree,
                                    std::span<const TokenId> truth) {
  std::vector<std::uint32_t> rows = {0};
  for (std::uint32_t row = 1; row < tree.size() && rows.size() <= truth.size(); ++row) {
    if (tree[row].parent == rows.back() && tree[row].token == truth[rows.size() - 1]) {
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace

/// Until what is assumed of passes counts for nothing.
constexpr int kMeasurements = 200;

PassCost measured_cost() {
  PassCost cost;
  for (int i = 0; i < kMeasurements; ++i) {
    cost.learn(1, kRowMilliseconds);
    cost.learn(4, 14.6);
    cost.learn(8, 19.3);
    cost.learn(16, 30.3);
  }
  return cost;
}

PassCost constant_cost() {
  PassCost cost;
  for (int i = 0; i < kMeasurements; ++i) {
    cost.learn(1, kRowMilliseconds);
    cost.learn(PassCost::kMostRows, kRowMilliseconds);
  }
  return cost;
}

double Figures::accepted_per_pass() const {
  return static_cast<double>(accepted) / static_cast<double>(passes);
}

double Figures::drafted_per_pass() const {
  return static_cast<double>(drafted) / static_cast<double>(passes);
}

double Figures::gain() const { return static_cast<double>(said) / cost; }

Figures simulate(Peer& peer, std::span<const TraceRow> rows, std::uint32_t most_drafted,
                 const PassCost& cost) {
  Figures figures;
  std::vector<DraftToken> tree;
  for (const TraceRow& row : rows) {
    if (row.before.empty()) continue;
    peer.open(row);
    std::vector<TokenId> text = row.before;
    for (std::size_t said = 0; said < row.generated.size();) {
      tree.assign(1, {text.back(), std::nullopt});
      const auto begin = Clock::now();
      peer.draft(text, most_drafted + 1, tree);
      figures.draft_us.push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
      const auto truth = std::span(row.generated).subspan(said);
      const std::vector<std::uint32_t> path = followed(tree, truth);
      const std::size_t given = std::min(path.size(), truth.size());
      const double pass = cost.of(static_cast<std::uint32_t>(tree.size()));
      ++figures.passes;
      figures.drafted += tree.size() - 1;
      figures.accepted += path.size() - 1;
      figures.said += given;
      figures.cost += pass;
      peer.learn({path, path.size() > truth.size(), pass * kRowMilliseconds});
      peer.accept(truth.first(given));
      text.insert(text.end(), truth.begin(), truth.begin() + static_cast<std::ptrdiff_t>(given));
      said += given;
    }
    peer.close();
  }
  return figures;
}

}  // namespace nextline::peers
