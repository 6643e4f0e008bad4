#include "engine/session/generation.h"

#include <algorithm>
#include <utility>

#include "engine/speculate/drafter.h"

namespace nextline {

Generation::Generation(const Tokenizer& tokenizer, std::string begins_with,
                       std::span<const TokenId> before, const CompletionOptions& options,
                       Completion& completion)
    : tokenizer_(tokenizer),
      options_(options),
      completion_(completion),
      continuation_(tokenizer, std::move(begins_with)),
      detokenizer_(tokenizer),
      stop_(options.stop ? *options.stop : first_line_) {
  const auto known = before.last(std::min<std::size_t>(before.size(), kDraftContext));
  context_.assign(known.begin(), known.end());
}

TokenId Generation::choose(std::span<const float> logits, Position position) const {
  return continuation_.choose(logits, options_.sampling, position);
}

std::optional<FinishReason> Generation::take(TokenId token) {
  ++completion_.tokens.generated;
  completion_.token_ids.push_back(token);
  context_.push_back(token);
  if (tokenizer_.ends_generation(token)) {
    append(detokenizer_.finish());
    return FinishReason::kEndOfText;
  }
  if (append(detokenizer_.push(continuation_.advance(token)))) return FinishReason::kStopRule;
  if (completion_.tokens.generated == options_.max_tokens) return FinishReason::kTokenLimit;
  return std::nullopt;
}

bool Generation::append(std::string_view generated) {
  completion_.text += generated;
  const auto end = stop_.end_of(completion_.text);
  if (end) completion_.text.resize(*end);
  return end.has_value();
}

std::span<const TokenId> Generation::context() const {
  return std::span(context_).last(std::min<std::size_t>(context_.size(), kDraftContext));
}

}  // namespace nextline
