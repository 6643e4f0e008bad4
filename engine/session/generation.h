#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/session/completion.h"
#include "engine/session/continuation.h"
#include "engine/session/stop_condition.h"
#include "engine/tokenizer/streaming_detokenizer.h"

namespace nextline {

/// A token that comes next.
struct Choice {
  TokenId token;
  TokenLikelihood likelihood;
};

/// A completion while it is generated: which tokens are chosen, what they spell, and when it ends.
/// One thread at a time; all that it is made of must outlive it.
class Generation {
 public:
  /// `begins_with`: bytes that the text must begin with and that are no part of it. `before`: the
  /// tokens of the document before it.
  Generation(const Tokenizer& tokenizer, std::string begins_with, std::span<const TokenId> before,
             const CompletionOptions& options, Completion& completion);
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  /// Whether a device may choose what comes next: any token may, the bytes to begin with being
  /// spelled, and nobody asks for others.
  bool is_free() const {
    return continuation_.satisfied() && forced().empty() && options_.detour.alternatives == 0;
  }
  /// Tokens that come next, whatever the model says.
  std::span<const TokenId> forced() const;

  /// The token that comes next, at `position` of the sequence. `logits` [vocabulary].
  Choice choose(std::span<const float> logits, Position position) const;

  /// Takes the next token; says why the completion ends with it, or nothing if it goes on.
  std::optional<FinishReason> take(const Choice& choice);

  /// The tokens of the document and those taken; the last kDraftContext, if there are so many.
  std::span<const TokenId> context() const;

 private:
  /// Appends to the completion's text, and cuts it where it ends; whether it does.
  bool append(std::string_view generated);

  const Tokenizer& tokenizer_;
  const CompletionOptions& options_;
  Completion& completion_;
  Continuation continuation_;
  StreamingDetokenizer detokenizer_;
  EndOfFirstLine first_line_;
  StopCondition& stop_;
  std::size_t text_size_ = 0;  // Of what was generated, with what was cut.
  std::vector<TokenId> context_;
};

}  // namespace nextline
