#pragma once

#include <span>
#include <vector>

namespace nextline {

/// The logarithm of the sum of exp(logit), in double; adding its negative to a logit gives the
/// natural logarithm of the token's probability.
double log_sum_exp(std::span<const float> logits);

/// The Kullback–Leibler divergence of the next-token distribution `other` from `truth` over the
/// whole vocabulary, in nats: Σ p·(log p − log q), summed in double in ascending order; never
/// negative. Both are logits of the same length. Not a number where one of them holds such.
double kl_divergence(std::span<const float> truth, std::span<const float> other);

/// The mean of that over rows of logits, as many in one as in the other; 0 where there are none.
double mean_kl(std::span<const std::vector<float>> truth,
               std::span<const std::vector<float>> other);

}  // namespace nextline
