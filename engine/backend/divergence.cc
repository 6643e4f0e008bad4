#include "engine/backend/divergence.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace nextline {

double log_sum_exp(std::span<const float> logits) {
  const double highest = *std::max_element(logits.begin(), logits.end());
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
    const double p = std::exp(log_p);
    // What is impossible adds nothing, even where its logit is minus infinity.
    if (p != 0.0) divergence += p * (log_p - log_q);
  }
  return divergence < 0.0 ? 0.0 : divergence;
}

double mean_kl(std::span<const std::vector<float>> truth,
               std::span<const std::vector<float>> other) {
  double sum = 0.0;
  for (std::size_t row = 0; row < truth.size(); ++row) sum += kl_divergence(truth[row], other[row]);
  return truth.empty() ? 0.0 : sum / static_cast<double>(truth.size());
}

}  // namespace nextline
