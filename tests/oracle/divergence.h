#pragma once

#include <span>

#include "engine/tokenizer/token.h"

namespace nextline::oracle {

/// The logarithm of the sum of exp(logit), in double; adding its negative to a logit gives the
/// natural logarithm of the token's probability.
double log_sum_exp(std::span<const float> logits);

/// The Kullback–Leibler divergence of the next-token distribution `other` from `truth` over the
/// whole vocabulary, in nats: Σ p·(log p − log q). Both are logits of the same length.
double kl_divergence(std::span<const float> truth, std::span<const float> other);

/// The most likely token (of equals, the first), and by how many nats it leads the second.
struct FirstChoice {
  TokenId token;
  double margin;
};
FirstChoice first_choice(std::span<const float> logits);

}  // namespace nextline::oracle
