#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/error.h"
#include "engine/kv/kv_sequence.h"

namespace nextline {

/// Where generation ends, besides the model's own end tokens and the limits.
enum class StopRule : std::uint8_t {
  kEndOfLine,  ///< At the line break behind the first line that is not blank.
  kNever,
};

enum class FinishReason : std::uint8_t {
  kStopRule,     ///< The stop rule was met.
  kEndOfText,    ///< The model ended its text.
  kTokenLimit,   ///< max_tokens were generated.
  kContextFull,  ///< The sequence is as long as the model's context.
  kCancelled,
};

std::string_view name_of(FinishReason reason);

struct CompletionOptions {
  std::uint32_t max_tokens = 64;
  StopRule stop = StopRule::kEndOfLine;
};

/// Milliseconds per stage of one completion.
struct CompletionTiming {
  double tokenize_ms = 0;
  double edit_ms = 0;     ///< Changing the piece table.
  double prefill_ms = 0;  ///< Passes over prompt tokens.
  double decode_ms = 0;   ///< Passes over generated tokens.
  double total_ms = 0;
};

/// Tokens and passes of one completion.
struct CompletionTokens {
  std::uint32_t prompt = 0;     ///< Length of the prompt, the sink included.
  std::uint32_t reused = 0;     ///< Prompt tokens that were in the cache.
  std::uint32_t encoded = 0;    ///< Prompt tokens computed for this completion.
  std::uint32_t generated = 0;  ///< Tokens generated, the one that ended it included.
  std::uint32_t drafted = 0;
  std::uint32_t accepted = 0;
  std::uint32_t passes = 0;  ///< Forward passes.
};

struct Completion {
  std::string text;
  FinishReason finish_reason = FinishReason::kEndOfText;
  CompletionTiming timing;
  CompletionTokens tokens;
};

/// One document's model state: its KV cache, kept between requests, and the completions made on it.
/// One thread at a time; `backend` must outlive the session.
class Session {
 public:
  struct Options {
    std::uint32_t context_length = 0;  ///< Tokens at most; 0: what the model was trained for.
    std::uint32_t prefill_rows = 256;  ///< Rows per pass over the prompt.
  };

  static Result<Session> create(Backend& backend, Options options);
  static Result<Session> create(Backend& backend) { return create(backend, Options{}); }

  /// Continues `prefix`, greedily. Of the cache, what the prompt shares with the sequence's
  /// beginning is reused. A prompt longer than the context loses its beginning behind the sink, in
  /// large steps, so that a text that grows keeps its cache.
  Result<Completion> complete(std::string_view prefix, const CompletionOptions& options,
                              std::stop_token stop = {});

  const KvSequence& sequence() const { return *sequence_; }

 private:
  Session(Backend& backend, const Options& options, std::unique_ptr<KvStorage> storage);

  std::vector<TokenId> prompt_for(std::string_view prefix, std::uint32_t max_tokens) const;
  /// Makes the sequence hold `prompt` and leaves the logits of its last token in logits_.
  Result<PassOutcome> encode(std::span<const TokenId> prompt, Completion& completion,
                             std::stop_token stop);
  /// Decodes from logits_ on.
  Result<FinishReason> generate(const CompletionOptions& options, Completion& completion,
                                std::stop_token stop);
  /// One pass, committed if it finishes.
  Result<PassOutcome> run(std::span<const PlannedToken> planned, Completion& completion,
                          std::stop_token stop);

  Backend* backend_;
  Options options_;
  std::unique_ptr<KvStorage> storage_;
  std::unique_ptr<SlotPool> pool_;
  std::unique_ptr<KvSequence> sequence_;
  Logits logits_;
};

}  // namespace nextline
