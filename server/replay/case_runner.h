#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/error.h"
#include "server/replay/edit_case.h"
#include "server/replay/replay_mode.h"

namespace nextline::replay {

/// What a variant made of a case.
struct Outcome {
  std::string line;  ///< What was completed.
  bool exact_match;
  int edit_similarity;  ///< 0 … 100
  /// Nats, from full recomputation with the same layout and type of cache: the mean over the tokens
  /// of the awaited line, each behind those before it.
  double kl;
  double milliseconds;    ///< From the last step to the logits at the cursor.
  std::uint32_t encoded;  ///< Prompt tokens that were computed, all steps together.
  std::uint32_t full;     ///< Tokens of the whole prompt.
  /// How far keys that were not computed again are from what was computed, as `KeyDrift` says it;
  /// of modes that keep such keys at their true positions.
  std::optional<double> key_error = std::nullopt;
  /// Completions, greedy and drawn ones, that came out otherwise when they were drafted: none
  /// should. Nothing where that was not tried.
  std::optional<std::uint32_t> differing = std::nullopt;
  bool operator==(const Outcome&) const = default;
};

/// Makes an edit case's way with each variant: a session that has computed the old text follows the
/// steps as the server would an editor's, computing at each what the next completion needs, and
/// completes the line. Variants with the same layout and type of cache share what was computed of
/// the old text.
///
/// One thread at a time; the backend must outlive it.
class CaseRunner {
 public:
  /// `tries_drafts`: whether each line is also completed with drafts, greedily and drawn, and
  /// compared.
  CaseRunner(Backend& backend, std::vector<Variant> variants, std::uint32_t context_length,
             bool tries_drafts = false)
      : backend_(backend),
        variants_(std::move(variants)),
        context_length_(context_length),
        tries_drafts_(tries_drafts) {}

  const std::vector<Variant>& variants() const { return variants_; }

  /// One outcome per variant, in their order. Fails if it is stopped, or if there is not enough
  /// memory.
  Result<std::vector<Outcome>> run(const EditCase& edit_case, const std::stop_token& stop) const;

 private:
  Backend& backend_;
  std::vector<Variant> variants_;
  std::uint32_t context_length_;
  bool tries_drafts_;
};

}  // namespace nextline::replay
