#pragma once

#include <span>

#include "engine/session/completion.h"

namespace nextline::lsp {

/// The tokens that spell a completion's first line that is not blank, what stands before it and was
/// to be spelled included. Not the one that only ends it.
std::span<const TokenLikelihood> first_line_of(const Completion& completion);

/// The logarithm of the probability of all these tokens together, given the bytes that were to be
/// spelled; 0 of none.
double log_probability_of(std::span<const TokenLikelihood> tokens);

/// How sure a model is of a completion's first line, from 0 to 1: the geometric mean of the
/// probabilities of its tokens. 1 if there is none. Any thread may call it.
double confidence_of(const Completion& completion);

}  // namespace nextline::lsp
