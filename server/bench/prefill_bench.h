#pragma once

#include "server/bench/bench.h"

namespace nextline::bench {

/// How fast a prompt is computed from nothing, in tokens per second, and how close that comes to
/// the peak of the multiply-accumulates.
Result<std::vector<BenchRow>> bench_prefill(const BenchSetting& setting);

}  // namespace nextline::bench
