#pragma once

#include "server/bench/bench.h"

namespace nextline::bench {

/// What drafting costs, with a million tokens of history in four segments and 200,000 in buffers:
/// how fast they are taken in, and in how many bytes; how long it takes to find the longest end of
/// a context that occurs, with its count, in all of them, in the buffers alone, in the history
/// alone; and to draft. Contexts are taken anywhere in text of the same kind that is not in them.
///
/// The text is generated, the same for every machine, or a folder's: nine parts of ten go to the
/// history and the buffers, at most as many tokens as above.
Result<std::vector<BenchRow>> bench_speculate(const BenchSetting& setting);

}  // namespace nextline::bench
