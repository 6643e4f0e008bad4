#include "server/bench/bench.h"

namespace nextline::bench {

std::vector<std::uint32_t> contexts_of(const BenchSetting& setting,
                                       std::initializer_list<std::uint32_t> usual) {
  if (setting.context) return {*setting.context};
  std::vector<std::uint32_t> contexts;
  for (const std::uint32_t context : usual) {
    if (context <= setting.backend.model().hyperparameters().context_length) {
      contexts.push_back(context);
    }
  }
  return contexts;
}

}  // namespace nextline::bench
