#include "lsp/completion/context_budget.h"

#include <algorithm>
#include <bit>

namespace nextline::lsp {
namespace {

/// Computing what is shown may take about so long.
constexpr double kMilliseconds = 2000;

/// Smaller passes wait for memory and say little of larger ones.
constexpr std::uint32_t kFewestRows = 16;

/// So many passes are measured. Their median: other programs may have held one up.
constexpr std::size_t kPasses = 5;

/// A smaller context is the document's alone.
constexpr std::uint32_t kSmallestContext = 256;

}  // namespace

ContextBudget::ContextBudget(const ContextOptions& options, std::uint32_t context_length)
    : limit_(context_length < kSmallestContext ? 0 : context_length / 4) {
  if (options.most_tokens > 0) tokens_ = std::min(options.most_tokens, limit_);
  limit_ = std::min(limit_, kMost);
}

void ContextBudget::learn(std::uint32_t tokens, double milliseconds) {
  if (tokens_ || tokens < kFewestRows || milliseconds <= 0) return;
  rates_.push_back(tokens / milliseconds);
  if (rates_.size() < kPasses) return;
  const auto median = rates_.begin() + kPasses / 2;
  std::nth_element(rates_.begin(), median, rates_.end());
  const double most = std::clamp<double>(*median * kMilliseconds, kFewest, kMost);
  tokens_ = std::min(std::bit_floor(static_cast<std::uint32_t>(most)), limit_);
}

}  // namespace nextline::lsp
