#pragma once

#include "server/bench/bench.h"

namespace nextline::bench {

/// From an edit to the logits at the cursor, at several lengths of text: a line inserted in the
/// upper quarter, one replaced in the middle, one deleted, three places at once, a key with text
/// behind the cursor, a jump of ten lines. The modes: `pie`, where keys stay as they are; `eager`,
/// where they are turned to their new positions; `prefix`, where everything behind the edit is
/// computed again; `full`, where everything is.
Result<std::vector<BenchRow>> bench_edit(const BenchSetting& setting);

}  // namespace nextline::bench
