#pragma once

#include <cstddef>
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

/// Where a completion leaves the ways that others at the same place went; see `Forks`.
struct Detour {
  /// Its first tokens: such as were chosen there, and behind them one that was not. They are
  /// computed together, and nothing is chosen before they are spelled.
  std::vector<TokenId> forced = {};
  /// So many of the likeliest tokens that were not chosen are told of each place behind them.
  std::uint32_t alternatives = 0;
};

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
  Detour detour = {};
  /// Whether the completion is to tell what was drafted for it.
  bool tells_drafts = false;
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

/// How likely a generated token was: natural logarithms of probabilities at temperature 1, whatever
/// the sampling (`LogSoftmax`). With Layout::kBlend, by the blended distribution.
struct TokenLikelihood {
  float log_probability = 0;  ///< Of the token among all of the vocabulary.
  /// Of all the tokens together that were allowed there; 0 once nothing must be spelled any more.
  float log_allowed = 0;
  std::size_t text_size = 0;  ///< Bytes that were generated with it, also such as were cut then.
  /// The likeliest tokens that were allowed and not chosen, the likeliest first; as many as the
  /// completion's detour asks for, if there are so many that have a probability.
  std::vector<ChosenToken> alternatives = {};
  bool operator==(const TokenLikelihood&) const = default;
};

/// What a pass over generated tokens computed: a token that was chosen before, and behind it what
/// might follow.
struct DraftedPass {
  /// The known token, which has no parent, and the draft.
  std::vector<DraftToken> tokens;
  /// The rows of it that the model said, too: the known token's, 0, and each a child of the one
  /// before.
  std::vector<std::uint32_t> followed;
  double milliseconds = 0;
};

struct Completion {
  std::string text;
  /// All that were generated: with those that spell what the text does not repeat, and the one that
  /// ended it.
  std::vector<TokenId> token_ids;
  std::vector<TokenLikelihood> likelihoods;  ///< Of each of them.
  FinishReason finish_reason = FinishReason::kEndOfText;
  CompletionTiming timing;
  CompletionTokens tokens;
  /// Of each pass that drafted, if that is to be told; the tokens that must come draft nothing.
  std::vector<DraftedPass> drafts = {};
};

}  // namespace nextline
