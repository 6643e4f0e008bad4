// What of a session is kept on disk, and how it comes back.

#include <algorithm>
#include <span>

#include "engine/session/session.h"

namespace nextline {

Snapshot Session::snapshot() {
  drop_generated();
  lay_out();
  Snapshot snapshot;
  snapshot.arithmetic_version = backend_->arithmetic_version();
  snapshot.kv_type = storage_->kv_type();
  snapshot.slot_bytes = storage_->slot_bytes();
  snapshot.gap = gap().before;
  snapshot.tokens.assign(sequence_->tokens().begin(), sequence_->tokens().end());
  snapshot.stamps.assign(sequence_->stamps().begin(), sequence_->stamps().end());
  snapshot.slots = SlotBytes(snapshot.tokens.size() * storage_->slot_bytes());
  storage_->save(sequence_->slots(), snapshot.slots.span());
  return snapshot;
}

void Session::open(std::string_view text, Gap gap, const Snapshot& snapshot) {
  take_preamble(snapshot);
  offer(snapshot);
  take_whole(text, gap);
}

void Session::take_preamble(const Snapshot& snapshot) {
  // Elsewhere nothing marks where it ends.
  if (layout_ != Layout::kSuffixPrefixMiddle) return;
  const auto& tokens = snapshot.tokens;
  const auto end = std::find(tokens.begin(), tokens.end(), markers_->suffix);
  if (end == tokens.end() || end - tokens.begin() <= front_) return;
  const std::span preamble(tokens.begin() + front_, end);
  if (preamble.size() > options_.preamble_tokens) return;
  prompt_->replace(front_, preamble_count_, preamble);
  preamble_count_ = static_cast<std::uint32_t>(preamble.size());
}

void Session::offer(const Snapshot& snapshot) {
  if (snapshot.kv_type != storage_->kv_type() || snapshot.slot_bytes != storage_->slot_bytes()) {
    return;
  }
  const bool is_own_arithmetic = snapshot.arithmetic_version == backend_->arithmetic_version();
  const std::vector<Stamp> stale(snapshot.tokens.size(), kStale);
  auto span = RemovedSpan::from_elsewhere(*pool_, snapshot.tokens,
                                          is_own_arithmetic ? snapshot.stamps : stale);
  if (!span) return;
  storage_->load(span->slots(), snapshot.slots.span());
  // The suffix stands behind its marker, and where it comes first, before the middle marker.
  const auto place_of = [&](TokenId marker) {
    return static_cast<std::uint32_t>(
        std::find(snapshot.tokens.begin(), snapshot.tokens.end(), marker) -
        snapshot.tokens.begin());
  };
  const auto size = static_cast<std::uint32_t>(snapshot.tokens.size());
  const std::uint32_t behind_first = layout_ == Layout::kPlain ? size : place_of(markers_->suffix);
  const std::uint32_t behind_last =
      layout_ == Layout::kSuffixPrefixMiddle ? place_of(markers_->middle) : size;
  prompt_->offer(std::move(*span), behind_first, behind_last);
}

}  // namespace nextline
