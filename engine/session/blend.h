#pragma once

#include <span>

namespace nextline {

/// Blends what two views of a prompt say of the next token: `logits` become
/// weight · logits + (1 − weight) · others, for each token of the vocabulary. The softmax of that
/// is the weighted geometric mean of the two distributions, made to sum to one: what turns logits
/// into logarithms of probabilities is one number per distribution, which neither a softmax nor a
/// comparison sees, so none is computed. A weight of 1 or 0 gives one of the two as it was.
void blend(std::span<float> logits, std::span<const float> others, float weight);

}  // namespace nextline
