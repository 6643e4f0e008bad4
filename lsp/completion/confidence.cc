#include "lsp/completion/confidence.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "engine/session/stop_condition.h"

namespace nextline::lsp {

std::span<const TokenLikelihood> first_line_of(const Completion& completion) {
  const std::size_t end = EndOfFirstLine().end_of(completion.text).value_or(completion.text.size());
  const std::span<const TokenLikelihood> tokens = completion.likelihoods;
  std::size_t count = 0;
  std::size_t begin = 0;  // Of the token's text.
  while (count < tokens.size() && begin < end) begin = tokens[count++].text_size;
  return tokens.first(count);
}

double log_probability_of(std::span<const TokenLikelihood> tokens) {
  double sum = 0;
  for (const TokenLikelihood& token : tokens) {
    // What is impossible is not allowed either, and then nothing is known of the token.
    if (std::isfinite(token.log_allowed)) {
      sum += std::min(0.0F, token.log_probability - token.log_allowed);
    }
  }
  return sum;
}

double confidence_of(const Completion& completion) {
  return std::exp(log_probability_of(first_line_of(completion)));
}

std::optional<Unconfident> why_unsure(const Suggestion& suggestion, double least) {
  if (suggestion.why_nothing) return std::nullopt;
  const double confidence = confidence_of(suggestion.completion);
  if (confidence >= least) return std::nullopt;
  return Unconfident{confidence, least};
}

}  // namespace nextline::lsp
