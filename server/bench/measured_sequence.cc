#include "server/bench/measured_sequence.h"

#include <utility>
#include <vector>

#include "server/bench/measuring.h"

namespace nextline::bench {

MeasuredSequence::MeasuredSequence(Backend& backend, std::unique_ptr<KvStorage> storage)
    : backend_(&backend),
      storage_(std::move(storage)),
      pool_(std::make_unique<SlotPool>(storage_->slot_count())),
      sequence_(std::make_unique<KvSequence>(*pool_)) {}

Result<MeasuredSequence> MeasuredSequence::create(Backend& backend, std::uint32_t length) {
  auto storage = backend.create_storage(length + kMaxTriedRows);
  if (!storage) return tl::unexpected(storage.error());
  return MeasuredSequence(backend, std::move(*storage));
}

Result<void> MeasuredSequence::append(std::span<const TokenId> tokens,
                                      const std::stop_token& stop) {
  const std::size_t rows_per_pass = backend_->prompt_rows();
  for (std::size_t first = 0; first < tokens.size(); first += rows_per_pass) {
    const std::size_t end = std::min(first + rows_per_pass, tokens.size());
    std::vector<PlannedToken> planned;
    for (std::size_t i = first; i < end; ++i) {
      planned.push_back(
          {tokens[i], PlannedToken::Place::kInsert, sequence_->length(), i + 1 == tokens.size()});
    }
    auto pass = sequence_->plan(planned);
    if (!pass) return tl::unexpected(pass.error());
    if (backend_->next_tokens(*storage_, pass->batch(), {}, chosen_, stop) ==
        PassOutcome::kCancelled) {
      return interrupted();
    }
    sequence_->commit(std::move(*pass));
  }
  return {};
}

Result<void> MeasuredSequence::try_rows(std::span<const TokenId> tokens,
                                        const std::stop_token& stop) {
  const PlannedToken first{tokens[0], PlannedToken::Place::kInsert, sequence_->length(), true};
  std::vector<DraftToken> draft;
  for (const TokenId token : tokens.subspan(1)) {
    const auto row = static_cast<std::uint32_t>(draft.size());
    draft.push_back({token, row == 0 ? std::nullopt : std::optional(row - 1)});
  }
  const auto pass = sequence_->plan(std::span(&first, 1), draft);
  if (!pass) return tl::unexpected(pass.error());
  if (backend_->next_tokens(*storage_, pass->batch(), {}, chosen_, stop) ==
      PassOutcome::kCancelled) {
    return interrupted();
  }
  return {};
}

void MeasuredSequence::shorten(std::uint32_t length) {
  if (length < sequence_->length()) sequence_->erase(length, sequence_->length() - length);
}

}  // namespace nextline::bench
