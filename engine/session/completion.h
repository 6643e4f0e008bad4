#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/backend/sampling.h"
#include "engine/session/stop_condition.h"
#include "engine/speculate/drafter.h"

namespace nextline {

enum class FinishReason : std::uint8_t {
  kStopRule,     ///< The stop condition was met.
  kEndOfText,    ///< The model ended its text.
  kTokenLimit,   ///< max_tokens were generated.
  kContextFull,  ///< The sequence is as long as the model's context, or no slot is free.
  kCancelled,
};

std::string_view name_of(FinishReason reason);

struct CompletionOptions {
  std::uint32_t max_tokens = 64;
  /// Says where the text ends; null: at the line break behind its first line that is not blank.
  StopCondition* stop = nullptr;
  /// What the completion begins with behind the gap's beginning, and does not repeat: an entry that
  /// is selected in a menu but not yet in the text.
  std::string typed = {};
  /// How tokens are chosen; the seed's random numbers are those of the positions.
  Sampling sampling = {};
  /// Says what may come, for fewer passes; null: each token takes one. It changes no token.
  Drafter* drafter = nullptr;
};

/// Milliseconds per stage of one completion. Tokenising, splicing and prefill count since the
/// completion before, also what was done when the text changed; the total is that of the call.
struct CompletionTiming {
  double tokenize_ms = 0;
  double edit_ms = 0;     ///< Changing the piece table.
  double prefill_ms = 0;  ///< Passes over prompt tokens.
  double decode_ms = 0;   ///< Passes over generated tokens.
  double total_ms = 0;
};

/// Tokens and passes of one completion.
struct CompletionTokens {
  std::uint32_t prompt = 0;     ///< Tokens that the model saw, the sink and the markers included.
  std::uint32_t reused = 0;     ///< Of these, not computed since the completion before.
  std::uint32_t encoded = 0;    ///< Prompt tokens computed since the completion before.
  std::uint32_t generated = 0;  ///< Tokens generated, the one that ended it included.
  std::uint32_t drafted = 0;    ///< Tokens computed because they might have been generated.
  std::uint32_t accepted = 0;   ///< Of these, generated.
  std::uint32_t passes = 0;     ///< Forward passes since the completion before.
};

struct Completion {
  std::string text;
  /// All that were generated: with those that spell what the text does not repeat, and the one that
  /// ended it.
  std::vector<TokenId> token_ids;
  FinishReason finish_reason = FinishReason::kEndOfText;
  CompletionTiming timing;
  CompletionTokens tokens;
};

}  // namespace nextline
