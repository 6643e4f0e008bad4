#include "engine/kv/kv_sequence.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace nextline {
namespace {

/// Adds a run behind a view; where it continues the last run, that one grows.
void append(View& view, std::uint32_t length, Slot first_slot, Position first_anchor) {
  if (length == 0) return;
  Position first_position = 0;
  if (!view.empty()) {
    Run& last = view.back();
    if (last.first_slot + last.length == first_slot &&
        last.first_anchor + last.length == first_anchor) {
      last.length += length;
      return;
    }
    first_position = last.first_position + last.length;
  }
  view.push_back({first_position, length, first_slot, first_anchor});
}

/// Adds a piece behind others; where it continues the last one, that one grows.
void append(std::vector<Piece>& pieces, const Piece& piece) {
  if (piece.length == 0) return;
  if (!pieces.empty()) {
    Piece& last = pieces.back();
    if (last.first_slot + last.length == piece.first_slot &&
        last.first_anchor + last.length == piece.first_anchor) {
      last.length += piece.length;
      return;
    }
  }
  pieces.push_back(piece);
}

/// Adds the tokens [first, last) of a sequence of pieces behind others.
void append(std::vector<Piece>& pieces, std::span<const Piece> source, std::uint32_t first,
            std::uint32_t last) {
  std::uint32_t begin = 0;
  for (const Piece& piece : source) {
    if (begin >= last) break;
    const std::uint32_t end = begin + piece.length;
    const std::uint32_t from = std::clamp(first, begin, end) - begin;
    const std::uint32_t to = std::clamp(last, begin, end) - begin;
    append(pieces, {piece.first_slot + from, to - from, piece.first_anchor + from});
    begin = end;
  }
}

Position length_of(const View& view) {
  return view.empty() ? 0 : view.back().first_position + view.back().length;
}

/// Where one token's key lies and to which position it is rotated.
struct Place {
  Slot slot;
  Position anchor;
  bool operator==(const Place&) const = default;
};

std::vector<Place> places_of(std::span<const Piece> pieces) {
  std::vector<Place> places;
  for (const Piece& piece : pieces) {
    for (std::uint32_t i = 0; i < piece.length; ++i) {
      places.push_back({piece.first_slot + i, piece.first_anchor + i});
    }
  }
  return places;
}

std::vector<Slot> slots_of(std::span<const Piece> pieces) {
  std::vector<Slot> slots;
  for (const Place& place : places_of(pieces)) slots.push_back(place.slot);
  return slots;
}

std::vector<Slot> expand(std::span<const SlotRange> ranges) {
  std::vector<Slot> slots;
  for (const SlotRange& range : ranges) {
    for (std::uint32_t i = 0; i < range.length; ++i) slots.push_back(range.first + i);
  }
  return slots;
}

void release(SlotPool& pool, std::span<const Piece> pieces) {
  for (const Piece& piece : pieces) pool.release({piece.first_slot, piece.length});
}

void hold(SlotPool& pool, std::span<const Piece> pieces) {
  for (const Piece& piece : pieces) pool.hold({piece.first_slot, piece.length});
}

/// Adds the rows of a draft behind what `base` sees, and a view for each of its leaves.
void plan_draft(Batch& batch, const View& base, std::span<const DraftToken> draft,
                std::span<const Slot> slots) {
  const auto first_row = static_cast<std::uint32_t>(batch.rows.size());
  std::vector<bool> is_leaf(draft.size(), true);
  for (std::size_t i = 0; i < draft.size(); ++i) {
    Position position = length_of(base);
    if (draft[i].parent) {
      assert(*draft[i].parent < i);
      is_leaf[*draft[i].parent] = false;
      position = batch.rows[first_row + *draft[i].parent].position + 1;
    }
    batch.rows.push_back({draft[i].token, position, slots[i], 0, true});
  }
  for (std::size_t leaf = 0; leaf < draft.size(); ++leaf) {
    if (!is_leaf[leaf]) continue;
    const auto view_index = static_cast<std::uint32_t>(batch.views.size());
    View view = base;
    std::vector<std::uint32_t> path;
    for (std::optional<std::uint32_t> node = static_cast<std::uint32_t>(leaf); node;
         node = draft[*node].parent) {
      path.push_back(first_row + *node);
    }
    std::ranges::reverse(path);
    for (const std::uint32_t row : path) {
      append(view, 1, batch.rows[row].slot, batch.rows[row].position);
      batch.rows[row].view = view_index;
    }
    batch.views.push_back(std::move(view));
  }
}

/// Gives the slots of a draft's rows back, but for the accepted ones.
void release_rejected(SlotPool& pool, std::span<const BatchRow> draft,
                      std::span<const std::uint32_t> accepted) {
  std::vector<bool> is_accepted(draft.size(), false);
  for (const std::uint32_t index : accepted) is_accepted[index] = true;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (!is_accepted[i]) pool.release({draft[i].slot, 1});
  }
}

}  // namespace

Pass::Pass(Pass&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      slots_(std::move(other.slots_)),
      planned_(std::move(other.planned_)),
      draft_(std::move(other.draft_)),
      side_fork_(other.side_fork_),
      batch_(std::move(other.batch_)),
      edit_epoch_(other.edit_epoch_) {}

Pass& Pass::operator=(Pass&& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(slots_, other.slots_);
  std::swap(planned_, other.planned_);
  std::swap(draft_, other.draft_);
  std::swap(side_fork_, other.side_fork_);
  std::swap(batch_, other.batch_);
  std::swap(edit_epoch_, other.edit_epoch_);
  return *this;
}

Pass::~Pass() {
  if (!pool_) return;
  for (const SlotRange& range : slots_) pool_->release(range);
}

RemovedSpan::RemovedSpan(RemovedSpan&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      tokens_(std::exchange(other.tokens_, {})),
      stamps_(std::exchange(other.stamps_, {})),
      pieces_(std::exchange(other.pieces_, {})) {}

RemovedSpan& RemovedSpan::operator=(RemovedSpan&& other) noexcept {
  RemovedSpan taken(std::move(other));  // What this held goes with it.
  std::swap(pool_, taken.pool_);
  std::swap(tokens_, taken.tokens_);
  std::swap(stamps_, taken.stamps_);
  std::swap(pieces_, taken.pieces_);
  return *this;
}

RemovedSpan::~RemovedSpan() {
  if (pool_) release(*pool_, pieces_);
}

std::optional<RemovedSpan> RemovedSpan::from_elsewhere(SlotPool& pool,
                                                       std::span<const TokenId> tokens,
                                                       std::span<const Stamp> stamps) {
  assert(tokens.size() == stamps.size());
  const auto ranges = pool.allocate(static_cast<std::uint32_t>(tokens.size()), std::nullopt);
  if (!ranges) return std::nullopt;
  RemovedSpan span;
  span.pool_ = &pool;
  span.tokens_.assign(tokens.begin(), tokens.end());
  span.stamps_.assign(stamps.begin(), stamps.end());
  Position anchor = 0;
  for (const SlotRange& range : *ranges) {
    append(span.pieces_, {range.first, range.length, anchor});
    anchor += range.length;
  }
  return span;
}

std::vector<Slot> RemovedSpan::slots() const { return slots_of(pieces_); }

std::vector<Slot> KvSequence::slots() const { return slots_of(pieces_); }

RemovedSpan RemovedSpan::split_off(std::uint32_t first) {
  assert(first <= tokens_.size());
  RemovedSpan rest;
  rest.pool_ = pool_;
  rest.tokens_.assign(tokens_.begin() + first, tokens_.end());
  rest.stamps_.assign(stamps_.begin() + first, stamps_.end());
  tokens_.resize(first);
  stamps_.resize(first);
  std::vector<Piece> kept;
  std::uint32_t begin = 0;
  for (const Piece& piece : pieces_) {
    const std::uint32_t cut = std::clamp(first, begin, begin + piece.length) - begin;
    if (cut > 0) kept.push_back({piece.first_slot, cut, piece.first_anchor});
    if (cut < piece.length) {
      rest.pieces_.push_back(
          {piece.first_slot + cut, piece.length - cut, piece.first_anchor + cut});
    }
    begin += piece.length;
  }
  pieces_ = std::move(kept);
  return rest;
}

RemovedSpan RemovedSpan::fork() const {
  RemovedSpan forked;
  forked.pool_ = pool_;
  forked.tokens_ = tokens_;
  forked.stamps_ = stamps_;
  forked.pieces_ = pieces_;
  if (pool_) hold(*pool_, pieces_);
  return forked;
}

KvSequence::KvSequence(KvSequence&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      shifts_(other.shifts_),
      tokens_(std::move(other.tokens_)),
      stamps_(std::move(other.stamps_)),
      pieces_(std::move(other.pieces_)),
      side_(std::exchange(other.side_, {})),
      exact_until_(other.exact_until_),
      edit_epoch_(other.edit_epoch_) {}

KvSequence::~KvSequence() {
  if (!pool_) return;
  release(*pool_, pieces_);
  release(*pool_, side_.pieces);
}

KvSequence KvSequence::fork() const {
  KvSequence forked(*pool_, shifts_);
  forked.tokens_ = tokens_;
  forked.stamps_ = stamps_;
  forked.pieces_ = pieces_;
  forked.exact_until_ = exact_until_;
  hold(*pool_, pieces_);
  return forked;
}

RemovedSpan KvSequence::remove(std::uint32_t first, std::uint32_t count) {
  assert(first <= length() && count <= length() - first);
  RemovedSpan removed;
  if (count == 0) return removed;
  const std::uint32_t last = first + count;
  const auto first_token = tokens_.begin() + first;
  const auto first_stamp = stamps_.begin() + first;
  removed.pool_ = pool_;
  removed.tokens_.assign(first_token, first_token + count);
  removed.stamps_.assign(first_stamp, first_stamp + count);
  append(removed.pieces_, pieces_, first, last);

  std::vector<Piece> kept;
  kept.reserve(pieces_.size() + 1);
  append(kept, pieces_, 0, first);
  append(kept, pieces_, last, length());
  pieces_ = std::move(kept);
  tokens_.erase(first_token, first_token + count);
  stamps_.erase(first_stamp, first_stamp + count);
  forget_shifts();
  take_change(first);
  return removed;
}

void KvSequence::restore(std::uint32_t index, RemovedSpan span) {
  assert(index <= length());
  if (span.tokens_.empty()) return;
  assert(span.pool_ == pool_);
  std::vector<Piece> pieces;
  pieces.reserve(pieces_.size() + span.pieces_.size() + 1);
  append(pieces, pieces_, 0, index);
  for (const Piece& piece : span.pieces_) append(pieces, piece);
  append(pieces, pieces_, index, length());
  pieces_ = std::move(pieces);
  tokens_.insert(tokens_.begin() + index, span.tokens_.begin(), span.tokens_.end());
  stamps_.insert(stamps_.begin() + index, span.stamps_.begin(), span.stamps_.end());
  forget_shifts();
  span.pool_ = nullptr;  // The slots are the sequence's now.
  take_change(index);
}

Result<Pass> KvSequence::plan(std::span<const PlannedToken> tokens,
                              std::span<const DraftToken> draft, const SideDraft& side) const {
  const auto own_count = static_cast<std::uint32_t>(tokens.size() + draft.size());
  const auto side_count = static_cast<std::uint32_t>(side.tokens.size());
  const std::uint32_t row_count = own_count + side_count;
  if (pool_->free_count() < row_count) {
    return failure("The KV cache is full: " + std::to_string(row_count) + " slots are needed and " +
                   std::to_string(pool_->free_count()) + " are free.");
  }
  Pass pass(*pool_);
  const auto allocate = [&](std::uint32_t count, std::optional<Slot> preferred) {
    const auto ranges = *pool_->allocate(count, preferred);
    pass.slots_.insert(pass.slots_.end(), ranges.begin(), ranges.end());
  };
  const auto behind = [this](std::uint32_t index) -> std::optional<Slot> {
    if (index == 0) return std::nullopt;
    return slot_of(index - 1) + 1;
  };
  allocate(own_count, behind(tokens.empty() ? length() : tokens.front().index));
  allocate(side_count, side_.pieces.empty()
                           ? behind(length()).value_or(0) + kSideDistance
                           : side_.pieces.back().first_slot + side_.pieces.back().length);

  pass.planned_.assign(tokens.begin(), tokens.end());
  pass.draft_.assign(draft.begin(), draft.end());
  pass.side_fork_ = side.fork;
  pass.edit_epoch_ = edit_epoch_;
  Batch& batch = pass.batch_;
  batch.rows.reserve(row_count);
  const std::vector<Slot> all_slots = expand(pass.slots_);
  const std::span<const Slot> slots(all_slots);
  plan_sequence(pass, slots.first(tokens.size()));
  plan_draft(batch, View(batch.views.front()), draft, slots.subspan(tokens.size(), draft.size()));
  if (!side.tokens.empty()) {
    assert(tokens.empty() || tokens.front().index >= side.fork);
    plan_draft(batch, side_view(side.fork), side.tokens, slots.subspan(own_count));
  }
  return pass;
}

void KvSequence::plan_sequence(Pass& pass, std::span<const Slot> slots) const {
  View& view = pass.batch_.views.emplace_back();
  std::uint32_t next_index = 0;
  for (std::size_t i = 0; i < pass.planned_.size(); ++i) {
    const PlannedToken& planned = pass.planned_[i];
    assert(planned.index >= next_index && planned.index <= length());
    append_to(view, next_index, planned.index);
    next_index = planned.index;
    if (planned.place == PlannedToken::Place::kReplace) {
      assert(planned.index < length());
      ++next_index;
    }
    const Position position = length_of(view);
    append(view, 1, slots[i], position);
    pass.batch_.rows.push_back({planned.token, position, slots[i], 0, planned.wants_logits});
  }
  append_to(view, next_index, length());
}

View KvSequence::side_view(std::uint32_t fork) const {
  assert(fork <= length() && (side_.tokens.empty() || side_.fork == fork));
  View view;
  append_to(view, 0, fork);
  for (const Piece& piece : side_.pieces) {
    append(view, piece.length, piece.first_slot, piece.first_anchor);
  }
  return view;
}

void KvSequence::commit(Pass pass, std::span<const std::uint32_t> accepted_draft,
                        std::span<const std::uint32_t> accepted_side) {
  assert(pass.pool_ == pool_ && pass.edit_epoch_ == edit_epoch_);
  std::vector<TokenId> tokens;
  std::vector<Stamp> stamps;
  tokens.reserve(tokens_.size() + pass.planned_.size() + accepted_draft.size());
  stamps.reserve(tokens.capacity());
  const auto keep = [&](std::uint32_t first, std::uint32_t last) {
    const bool is_misplaced = shifts_ == Shifts::kIgnored && tokens.size() != first;
    tokens.insert(tokens.end(), tokens_.begin() + first, tokens_.begin() + last);
    stamps.insert(stamps.end(), stamps_.begin() + first, stamps_.begin() + last);
    if (is_misplaced) std::fill(stamps.end() - (last - first), stamps.end(), kStale);
  };
  std::vector<std::uint32_t> computed;
  const auto take = [&](TokenId token) {
    computed.push_back(static_cast<std::uint32_t>(tokens.size()));
    tokens.push_back(token);
    stamps.push_back(kStale);
  };
  std::vector<Slot> replaced;
  std::uint32_t next_index = 0;
  for (const PlannedToken& planned : pass.planned_) {
    keep(next_index, planned.index);
    next_index = planned.index;
    if (planned.place == PlannedToken::Place::kReplace) replaced.push_back(slot_of(next_index++));
    take(planned.token);
  }
  keep(next_index, length());

  const std::span<const BatchRow> rows(pass.batch_.rows);
  const auto draft_rows = rows.subspan(pass.planned_.size(), pass.draft_.size());
  const auto side_rows = rows.subspan(pass.planned_.size() + pass.draft_.size());
  View view = std::move(pass.batch_.views.front());
  for (const std::uint32_t index : accepted_draft) {
    const BatchRow& row = draft_rows[index];
    assert(row.position == tokens.size());
    take(row.token);
    append(view, 1, row.slot, row.position);
  }
  if (!computed.empty() && computed.front() < side_.fork) drop_side();
  if (!accepted_side.empty()) side_.fork = pass.side_fork_;
  for (const std::uint32_t index : accepted_side) {
    const BatchRow& row = side_rows[index];
    assert(row.position == side_.fork + side_.tokens.size());
    side_.tokens.push_back(row.token);
    append(side_.pieces, {row.slot, 1, row.position});
  }

  for (const Slot slot : replaced) pool_->release({slot, 1});
  release_rejected(*pool_, draft_rows, accepted_draft);
  release_rejected(*pool_, side_rows, accepted_side);
  pass.pool_ = nullptr;  // The other slots are the sequence's now.

  tokens_ = std::move(tokens);
  stamps_ = std::move(stamps);
  pieces_.clear();
  for (const Run& run : view) pieces_.push_back({run.first_slot, run.length, run.first_anchor});
  for (const std::uint32_t index : computed) {
    find_exact(index);
    // It saw all that is before it as it is now.
    if (exact_until_ == index) stamps_[index] = exact_stamp(index);
  }
  if (!computed.empty()) find_exact(computed.back());
  ++edit_epoch_;
}

void KvSequence::take_change(std::uint32_t first) {
  if (first < side_.fork) drop_side();
  find_exact(first);
  ++edit_epoch_;
}

void KvSequence::drop_side() {
  if (side_.tokens.empty()) return;
  release(*pool_, side_.pieces);
  side_ = {};
  ++edit_epoch_;
}

Stamp KvSequence::exact_stamp(std::uint32_t index) const {
  return stamp_behind(index == 0 ? kNothingBefore : stamps_[index - 1], tokens_[index]);
}

void KvSequence::forget_shifts() {
  if (shifts_ != Shifts::kIgnored) return;
  std::vector<Piece> pieces;
  Position position = 0;
  for (const Piece& piece : pieces_) {
    if (piece.first_anchor != position) {
      std::fill_n(stamps_.begin() + position, piece.length, kStale);
    }
    append(pieces, {piece.first_slot, piece.length, position});
    position += piece.length;
  }
  pieces_ = std::move(pieces);
}

void KvSequence::find_exact(std::uint32_t first) {
  exact_until_ = std::min(exact_until_, first);
  while (exact_until_ < length() && stamps_[exact_until_] == exact_stamp(exact_until_)) {
    ++exact_until_;
  }
}

void KvSequence::compact(KvStorage& storage) {
  // Given back and taken again at once, the slots come in the longest runs that there are.
  release(*pool_, pieces_);
  const std::vector<SlotRange> ranges = *pool_->allocate(length(), std::nullopt);
  std::vector<Piece> pieces;
  Position position = 0;
  for (const SlotRange& range : ranges) {
    append(pieces, {range.first, range.length, position});
    position += range.length;
  }
  relocate(storage, std::move(pieces));
}

void KvSequence::rerotate(KvStorage& storage, std::uint32_t first, std::uint32_t count) {
  assert(first <= length() && count <= length() - first);
  std::vector<Piece> turned;
  append(turned, pieces_, first, first + count);
  std::vector<Piece> pieces;
  append(pieces, pieces_, 0, first);
  Position position = first;
  for (const Piece& piece : turned) {
    append(pieces, {piece.first_slot, piece.length, position});
    position += piece.length;
  }
  append(pieces, pieces_, position, length());
  relocate(storage, std::move(pieces));
}

void KvSequence::relocate(KvStorage& storage, std::vector<Piece> pieces) {
  const std::vector<Place> from = places_of(pieces_);
  const std::vector<Place> to = places_of(pieces);
  std::vector<SlotMove> moves;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (from[i].anchor != to[i].anchor) stamps_[i] = kStale;
    if (from[i] == to[i]) continue;
    moves.push_back(
        {from[i].slot, to[i].slot,
         static_cast<std::int32_t>(to[i].anchor) - static_cast<std::int32_t>(from[i].anchor)});
  }
  storage.move(moves);
  pieces_ = std::move(pieces);
  // No token that was exact has become stale: its anchor was its position.
  ++edit_epoch_;
}

Slot KvSequence::slot_of(std::uint32_t index) const {
  assert(index < length());
  for (const Piece& piece : pieces_) {
    if (index < piece.length) return piece.first_slot + index;
    index -= piece.length;
  }
  return 0;
}

void KvSequence::append_to(View& view, std::uint32_t first, std::uint32_t last) const {
  std::uint32_t begin = 0;
  for (const Piece& piece : pieces_) {
    if (begin >= last) break;
    const std::uint32_t end = begin + piece.length;
    const std::uint32_t from = std::clamp(first, begin, end);
    const std::uint32_t to = std::clamp(last, begin, end);
    const Position anchor =
        shifts_ == Shifts::kIgnored ? length_of(view) : piece.first_anchor + (from - begin);
    append(view, to - from, piece.first_slot + (from - begin), anchor);
    begin = end;
  }
}

}  // namespace nextline
