#pragma once

#include "server/bench/bench.h"

namespace nextline::bench {

/// What a pass over several draft rows costs behind a prompt, as a ratio to a pass over one row.
Result<std::vector<BenchRow>> bench_verify(const BenchSetting& setting);

}  // namespace nextline::bench
