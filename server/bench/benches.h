#pragma once

#include <span>
#include <string_view>

#include "server/bench/bench.h"

namespace nextline::bench {

struct NamedBench {
  std::string_view name;  ///< On the command line.
  Bench run;
};

/// All that can be measured, in the order in which `bench all` does it.
std::span<const NamedBench> benches();

}  // namespace nextline::bench
