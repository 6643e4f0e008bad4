#include "engine/backend/backend.h"

#include <utility>

namespace nextline {

PassOutcome Backend::next_tokens(KvStorage& storage, const Batch& batch, const Sampling& sampling,
                                 std::vector<TokenId>& tokens, std::stop_token stop) {
  const PassOutcome outcome = forward(storage, batch, logits_, std::move(stop));
  tokens.clear();
  if (outcome == PassOutcome::kCancelled) return outcome;
  for (const BatchRow& row : batch.rows) {
    if (!row.wants_logits) continue;
    tokens.push_back(choose(std::as_const(logits_).row(tokens.size()), sampling, row.position + 1));
  }
  return outcome;
}

}  // namespace nextline
