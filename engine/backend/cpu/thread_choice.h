#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/backend/cpu/available_cores.h"

namespace nextline::cpu {

/// What a model costs with so many threads.
struct ThreadCost {
  std::uint32_t threads;
  double token_seconds;  ///< A pass of one row: a decoded token.
  double pass_seconds;   ///< A pass of kPassRows rows, without logits.
  /// How much of the time that its threads took the process was running: 1 where nobody else wants
  /// the cores.
  double processor_share = 1;
};

/// Rows of the pass that ThreadCost tells of: what a repair or a refresh computes at a time.
constexpr std::uint32_t kPassRows = 32;

enum class ThreadReason : std::uint8_t {
  kAskedFor,
  kOnlyCore,
  kMeasured,
  kDisturbed,  ///< One per physical core: other programs kept the cores busy while it was measured.
};

/// With how many threads a backend computes, and why.
struct ThreadChoice {
  std::uint32_t threads = 1;
  ThreadReason reason = ThreadReason::kAskedFor;
  std::vector<ThreadCost> measured;  ///< Empty unless measured; ascending numbers of threads.
};

/// Numbers of threads that are worth measuring, ascending: powers of two, all cores, all of what
/// the system counts as one.
std::vector<std::uint32_t> thread_candidates(const AvailableCores& cores);

/// Whether to go on to the next candidate: not if the last one was clearly slower than another.
bool may_gain_from_more(std::span<const ThreadCost> measured);

/// What follows from the measurement, which is not empty. One that was disturbed says little of
/// what is best for the hours to come.
ThreadChoice choose_threads(std::vector<ThreadCost> measured, const AvailableCores& cores);

/// The number of threads with which a typical completion ends first, or fewer that take hardly
/// longer: they leave cores to others. `measured` is not empty.
std::uint32_t best_thread_count(std::span<const ThreadCost> measured);

}  // namespace nextline::cpu
