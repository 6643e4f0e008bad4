#include "tests/figures/setting.h"

#include <algorithm>
#include <cmath>
#include <numeric>

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

Result<double> timed_recompute(Session& session) {
  const Stopwatch watch;
  if (auto outcome = session.recompute(); !outcome) return tl::unexpected(outcome.error());
  return watch.milliseconds();
}

}  // namespace nextline::figures
