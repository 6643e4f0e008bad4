#include "tests/oracle/divergence.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nextline::oracle {

double log_sum_exp(std::span<const float> logits) {
  const double highest = *std::ranges::max_element(logits);
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(logit - highest);
  return highest + std::log(sum);
}

double kl_divergence(std::span<const float> truth, std::span<const float> other) {
  const double truth_sum = log_sum_exp(truth);
  const double other_sum = log_sum_exp(other);
  double divergence = 0.0;
  for (std::size_t token = 0; token < truth.size(); ++token) {
    const double log_p = truth[token] - truth_sum;
    const double log_q = other[token] - other_sum;
    divergence += std::exp(log_p) * (log_p - log_q);
  }
  return divergence;
}

FirstChoice first_choice(std::span<const float> logits) {
  const auto first = std::ranges::max_element(logits);
  float second = -std::numeric_limits<float>::infinity();
  for (auto logit = logits.begin(); logit != logits.end(); ++logit) {
    if (logit != first) second = std::max(second, *logit);
  }
  return {static_cast<TokenId>(first - logits.begin()), double{*first} - second};
}

}  // namespace nextline::oracle
