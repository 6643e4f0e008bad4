#include "engine/backend/cpu/thread_choice.h"

#include <algorithm>
#include <utility>

namespace nextline::cpu {
namespace {

/// A typical completion, so that both costs count for what they are worth: a repair within its
/// budget of 100 tokens, then a line.
constexpr double kPasses = 3;
constexpr double kTokens = 16;

/// What fewer threads may take longer.
constexpr double kHardlyLonger = 1.03;
/// More than noise.
constexpr double kClearlyLonger = 1.15;

/// A core that is another's for a tenth of the time is still ours.
constexpr double kOurs = 0.85;

double seconds_of_completion(const ThreadCost& cost) {
  return kPasses * cost.pass_seconds + kTokens * cost.token_seconds;
}

double shortest_completion(std::span<const ThreadCost> measured) {
  double shortest = seconds_of_completion(measured.front());
  for (const ThreadCost& cost : measured) {
    shortest = std::min(shortest, seconds_of_completion(cost));
  }
  return shortest;
}

}  // namespace

std::vector<std::uint32_t> thread_candidates(const AvailableCores& cores) {
  std::vector<std::uint32_t> candidates;
  for (std::uint32_t threads = 1; threads < cores.physical; threads *= 2) {
    candidates.push_back(threads);
  }
  candidates.push_back(cores.physical);
  if (cores.logical > cores.physical) candidates.push_back(cores.logical);
  return candidates;
}

bool may_gain_from_more(std::span<const ThreadCost> measured) {
  return measured.empty() ||
         seconds_of_completion(measured.back()) <= kClearlyLonger * shortest_completion(measured);
}

std::uint32_t best_thread_count(std::span<const ThreadCost> measured) {
  const double limit = kHardlyLonger * shortest_completion(measured);
  return std::find_if(measured.begin(), measured.end(),
                      [&](const ThreadCost& cost) { return seconds_of_completion(cost) <= limit; })
      ->threads;
}

ThreadChoice choose_threads(std::vector<ThreadCost> measured, const AvailableCores& cores) {
  const bool is_disturbed = std::any_of(measured.begin(), measured.end(), [](const ThreadCost& c) {
    return c.processor_share < kOurs;
  });
  const std::uint32_t threads = is_disturbed ? cores.physical : best_thread_count(measured);
  return {threads, is_disturbed ? ThreadReason::kDisturbed : ThreadReason::kMeasured,
          std::move(measured)};
}

}  // namespace nextline::cpu
