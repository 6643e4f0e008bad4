#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/speculate/drafter.h"
#include "engine/speculate/pass_cost.h"

namespace nextline {

/// What followed an earlier occurrence of the end of a context.
struct DraftCandidate {
  std::span<const TokenId> tokens;
  std::uint32_t match_length;  ///< Tokens of the context's end that are the same there.
  float weight;  ///< How likely it is to be said again, compared with others; more than 0.
};

/// Chooses from what followed the same tokens before: which of it is worth the time of verifying
/// it.
///
/// Candidates make a tree, and a token's share among its siblings is that of the candidates'
/// weights that go through it. That a model says any of them depends on how many tokens are the
/// same before it and on how many candidates agree that there is something: the acceptance is
/// measured while drafts are verified, and what has not been seen for a while is forgotten. So each
/// node has a probability, the product along its path.
///
/// The tree takes the most probable nodes, as many as give the most tokens per millisecond:
/// (1 + Σ probabilities) / cost(rows) is highest. Where that is at one row, nothing is drafted.
///
/// One thread at a time.
class DraftPolicy {
 public:
  /// `cost`: what is known of passes beforehand.
  explicit DraftPolicy(const PassCost& cost = {}) : cost_(cost) {}

  /// Adds to a tree whose only token is known: see Drafter::draft.
  void choose(std::span<const DraftCandidate> candidates, std::uint32_t most_tokens,
              std::vector<DraftToken>& tree);

  /// What became of the tree that was chosen last.
  void learn(const DraftOutcome& outcome);

  /// How likely a model is to say one of what followed, behind so many equal tokens.
  double acceptance(std::uint32_t match_length, std::uint32_t candidate_count) const;
  const PassCost& cost() const { return cost_; }

 private:
  /// Candidates that agree so far: a part of `order_`.
  struct Place {
    std::uint32_t first;
    std::uint32_t end;
    std::uint32_t depth;  // So many of their tokens are the same.
  };
  /// A token that may be the next of the tree. Only what is taken into the tree is looked behind:
  /// candidates have many tokens, and few of them are ever likely enough.
  struct Reachable {
    double probability;
    double share;             // Among its siblings.
    std::uint32_t candidate;  // The first that goes through it.
    std::uint32_t parent_row;
    Place behind;

    bool operator<(const Reachable& other) const {
      if (probability != other.probability) return probability < other.probability;
      if (candidate != other.candidate) return candidate > other.candidate;
      return behind.depth > other.behind.depth;
    }
  };
  /// What was expected behind a row of the tree.
  struct Expectation {
    std::uint32_t cell;
    double share = 0;  // Of the candidates behind it, what the tree has.
  };
  struct Cell {
    double hits = 0;
    double shares = 0;
  };

  static constexpr std::uint32_t kLengths = 11;
  static constexpr std::uint32_t kCounts = 3;
  static std::uint32_t cell_of(std::uint32_t match_length, std::uint32_t candidate_count);

  void expand(const Place& place, std::uint32_t row, double probability);
  Reachable take_likeliest();
  double acceptance_of(std::uint32_t cell) const;

  // Of the tree that is being chosen.
  std::span<const DraftCandidate> candidates_;
  std::vector<std::uint32_t> order_;  // Of the candidates: those that agree stand together.
  std::vector<Reachable> reachable_;  // A heap.
  std::vector<double> shares_;        // By row.

  std::vector<Expectation> expectations_;  // By row of the tree that was chosen last.
  std::array<Cell, kLengths * kCounts> cells_{};
  PassCost cost_;
};

}  // namespace nextline
