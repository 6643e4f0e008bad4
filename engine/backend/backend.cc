#include "engine/backend/backend.h"

#include <utility>

#include "engine/backend/log_softmax.h"

namespace nextline {

PassOutcome Backend::next_tokens(KvStorage& storage, const Batch& batch, const Sampling& sampling,
                                 std::vector<ChosenToken>& chosen, std::stop_token stop) {
  const PassOutcome outcome = forward(storage, batch, pass_logits_, std::move(stop));
  chosen.clear();
  if (outcome == PassOutcome::kCancelled) return outcome;
  for (const BatchRow& row : batch.rows) {
    if (!row.wants_logits) continue;
    const std::span<const float> logits = std::as_const(pass_logits_).row(chosen.size());
    const TokenId token = choose(logits, sampling, row.position + 1);
    chosen.push_back({token, LogSoftmax(logits).of(logits[static_cast<std::size_t>(token)])});
  }
  return outcome;
}

}  // namespace nextline
