#pragma once

#include "engine/backend/cpu/activations.h"
#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/thread_choice.h"
#include "engine/backend/cpu/weights.h"

namespace nextline::cpu {

class ThreadPool;

/// Finds out with how many threads passes through these weights are fastest, in about a tenth of a
/// second, or less for a small model: each candidate computes a sample of a pass some times, and
/// the best times count, because what was slower was disturbed. `threads` has a thread for each of
/// the cores. With one core there is nothing to measure.
ThreadChoice measure_threads(const Weights& weights, const Kernels& kernels,
                             InputPrecision precision, const AvailableCores& cores,
                             ThreadPool& threads);

}  // namespace nextline::cpu
