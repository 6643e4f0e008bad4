#include "tests/figures/setting.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/oracle/divergence.h"

namespace nextline::figures {

double percentile(std::vector<double> samples, double share) {
  std::ranges::sort(samples);
  const auto rank =
      static_cast<std::size_t>(std::ceil(share * static_cast<double>(samples.size())));
  return samples[std::clamp<std::size_t>(rank, 1, samples.size()) - 1];
}

double median(std::vector<double> samples) { return percentile(std::move(samples), 0.5); }

double mean(const std::vector<double>& samples) {
  return std::accumulate(samples.begin(), samples.end(), 0.0) /
         static_cast<double>(std::max<std::size_t>(samples.size(), 1));
}

std::vector<TokenId> awaited_tokens(const Backend& backend, const Session& session,
                                    std::string_view line) {
  return backend.model().tokenizer().encode(session.text().healed() + std::string(line));
}

double mean_kl(const std::vector<std::vector<float>>& truth,
               const std::vector<std::vector<float>>& other) {
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) sum += oracle::kl_divergence(truth[i], other[i]);
  return sum / static_cast<double>(truth.size());
}

Result<double> timed_recompute(Session& session) {
  const Stopwatch watch;
  if (auto outcome = session.recompute(); !outcome) return tl::unexpected(outcome.error());
  return watch.milliseconds();
}

}  // namespace nextline::figures
