#include "engine/session/generation.h"

#include <algorithm>
#include <utility>

#include "engine/backend/log_softmax.h"
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

std::span<const TokenId> Generation::forced() const {
  const std::span<const TokenId> all = options_.detour.forced;
  return all.subspan(std::min(all.size(), completion_.token_ids.size()));
}

Choice Generation::choose(std::span<const float> logits, Position position) const {
  const LogSoftmax probabilities(logits);
  const auto log_probability = [&](TokenId token) {
    return probabilities.of(logits[static_cast<std::size_t>(token)]);
  };
  const bool is_forced = !forced().empty();
  const TokenId token =
      is_forced ? forced().front() : continuation_.choose(logits, options_.sampling, position);
  Choice choice{token,
                {.log_probability = log_probability(token),
                 .log_allowed = continuation_.log_allowed(logits, probabilities)}};
  const std::uint32_t alternatives = is_forced ? 0 : options_.detour.alternatives;
  if (alternatives == 0) return choice;
  for (const TokenId other : continuation_.likeliest(logits, alternatives + std::size_t{1})) {
    if (other == token || choice.likelihood.alternatives.size() == alternatives) continue;
    choice.likelihood.alternatives.push_back({other, log_probability(other)});
  }
  return choice;
}

std::optional<FinishReason> Generation::take(const Choice& choice) {
  ++completion_.tokens.generated;
  completion_.token_ids.push_back(choice.token);
  completion_.likelihoods.push_back(choice.likelihood);
  context_.push_back(choice.token);
  const bool ends = tokenizer_.ends_generation(choice.token);
  const bool is_stopped =
      append(ends ? detokenizer_.finish() : detokenizer_.push(continuation_.advance(choice.token)));
  completion_.likelihoods.back().text_size = text_size_;
  if (ends) return FinishReason::kEndOfText;
  if (is_stopped) return FinishReason::kStopRule;
  if (completion_.tokens.generated == options_.max_tokens) return FinishReason::kTokenLimit;
  return std::nullopt;
}

bool Generation::append(std::string_view generated) {
  text_size_ += generated.size();
  completion_.text += generated;
  const auto end = stop_.end_of(completion_.text);
  if (end) completion_.text.resize(*end);
  return end.has_value();
}

std::span<const TokenId> Generation::context() const {
  return std::span(context_).last(std::min<std::size_t>(context_.size(), kDraftContext));
}

}  // namespace nextline
