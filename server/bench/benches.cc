#include "server/bench/benches.h"

#include <array>

#include "server/bench/decode_bench.h"
#include "server/bench/edit_bench.h"
#include "server/bench/prefill_bench.h"
#include "server/bench/speculate_bench.h"
#include "server/bench/verify_bench.h"

namespace nextline::bench {

std::span<const NamedBench> benches() {
  static constexpr std::array kBenches = {
      NamedBench{"prefill", bench_prefill},     NamedBench{"decode", bench_decode},
      NamedBench{"verify", bench_verify},       NamedBench{"edit", bench_edit},
      NamedBench{"speculate", bench_speculate},
  };
  return kBenches;
}

}  // namespace nextline::bench
