#pragma once

#include <span>

#include "server/bench/bench_row.h"
#include "server/bench/machine_limits.h"
#include "server/bench/model_work.h"

namespace nextline::bench {

/// The time below which no program computes these rows on this machine, in seconds: that of reading
/// the bytes, or that of the multiply-accumulates, whichever is longer. The one may go on behind
/// the other, but matrices and attention use the same cores and take turns.
double least_seconds(const ModelWork& work, const Rows& rows, const MachineLimits& limits);

/// Sets `of_limit` of the rows that say what was computed: the share of the least time in the time
/// it took.
void compare_with_limits(std::span<BenchRow> rows, const ModelWork& work,
                         const MachineLimits& limits);

}  // namespace nextline::bench
