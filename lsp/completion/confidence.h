#pragma once

#include <optional>
#include <span>

#include "engine/session/completion.h"
#include "lsp/completion/suggestion.h"

namespace nextline::lsp {

/// The tokens that spell a completion's first line that is not blank, what stands before it and was
/// to be spelled included. Not the one that only ends it.
std::span<const TokenLikelihood> first_line_of(const Completion& completion);

/// The logarithm of the probability of all these tokens together, given the bytes that were to be
/// spelled; 0 of none.
double log_probability_of(std::span<const TokenLikelihood> tokens);

/// How sure a model is of a completion, from 0 to 1: the probability of its first line, given the
/// bytes that were to be spelled. That tells the lines that are right from the others better than
/// the mean or the lowest of its tokens' probabilities (`confidence_figures`). 1 if there is none.
/// Any thread may call it.
double confidence_of(const Completion& completion);

/// Why the suggestion is not for those who have not asked by hand; nothing if the model is at least
/// so sure of it, or there is none.
std::optional<Unconfident> why_unsure(const Suggestion& suggestion, double least);

}  // namespace nextline::lsp
