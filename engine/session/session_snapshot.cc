// What of a session is kept on disk, and how it comes back.

#include <algorithm>

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
  offer(snapshot);
  take_whole(text, gap);
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
  auto behind_from = snapshot.tokens.end();
  if (has_suffix_last(layout_)) {
    behind_from = std::find(snapshot.tokens.begin(), behind_from, markers_->suffix);
  }
  prompt_->offer(std::move(*span),
                 static_cast<std::uint32_t>(behind_from - snapshot.tokens.begin()));
}

}  // namespace nextline
