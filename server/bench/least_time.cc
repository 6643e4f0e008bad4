#include "server/bench/least_time.h"

#include <algorithm>

namespace nextline::bench {

double least_seconds(const ModelWork& work, const Rows& rows, const MachineLimits& limits) {
  const auto seconds = [](std::uint64_t amount, double per_second_in_billions) {
    return static_cast<double>(amount) / (per_second_in_billions * 1e9);
  };
  return std::max(seconds(work.bytes(rows), limits.read_gb_per_s),
                  seconds(work.matrix_products(rows), limits.gmac_per_s) +
                      seconds(work.attention_products(rows), limits.float_gmac_per_s));
}

void compare_with_limits(std::span<BenchRow> rows, const ModelWork& work,
                         const MachineLimits& limits) {
  for (BenchRow& row : rows) {
    if (!row.computed) continue;
    row.of_limit = least_seconds(work, row.computed->rows, limits) / row.computed->seconds;
  }
}

}  // namespace nextline::bench
