#pragma once

#include "server/bench/bench.h"

namespace nextline::bench {

/// How fast tokens are decoded one by one behind a prompt, in tokens per second, and how close that
/// comes to reading the weights, the keys and the values at the rate at which memory can be read.
Result<std::vector<BenchRow>> bench_decode(const BenchSetting& setting);

}  // namespace nextline::bench
