#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/error.h"
#include "server/replay/context_case.h"
#include "server/replay/context_result.h"

namespace nextline::replay {

struct ContextRunnerOptions {
  std::vector<std::uint32_t> budgets;  ///< As the cases have contexts.
  std::uint32_t tokens = 1200;         ///< Of a document at the most.
  std::uint64_t seed = 1;
  /// One of so many cases, which the seed draws by their names, is also edited, to see what that
  /// costs. Not 0.
  std::uint32_t edited_share = 4;
};

/// Completes a line behind each context that was chosen for it, all of the prompt being exact, and
/// says how likely the awaited line was. Then types the line, as an editor would, and counts what
/// that makes the session compute.
///
/// One thread at a time; the backend must outlive it.
class ContextRunner {
 public:
  ContextRunner(Backend& backend, ContextRunnerOptions options)
      : backend_(backend), options_(std::move(options)) {}

  const ContextRunnerOptions& options() const { return options_; }

  /// One outcome per budget, in their order. Fails if it is stopped, or if there is not enough
  /// memory.
  Result<std::vector<ContextOutcome>> run(const ContextCase& context_case,
                                          const std::stop_token& stop) const;

 private:
  Backend& backend_;
  ContextRunnerOptions options_;
};

}  // namespace nextline::replay
