#pragma once

#include "engine/session/stop_condition.h"

namespace nextline::test {

/// Text that only the model's own end tokens and the limits end.
class NeverEnds final : public StopCondition {
 public:
  std::optional<std::size_t> end_of(std::string_view /*text*/) override { return std::nullopt; }
};

/// It has no state, so any number of completions may share it.
inline NeverEnds never_ends;

}  // namespace nextline::test
