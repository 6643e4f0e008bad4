#include "engine/session/cached_prompt.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "engine/tokenizer/token_diff.h"

namespace nextline {
namespace {

/// So many tokens before a removed span must be the same for it to be put back by a later update:
/// what its keys were computed from is then the same or nearly so.
constexpr std::size_t kContext = 16;

/// Shorter stretches that an update removes here and adds there are chance, and shorter ones behind
/// the same tokens as before are not worth a piece.
constexpr std::size_t kShortestMoved = 8;
constexpr std::size_t kShortestUndone = 3;

/// Where two lists have so little in common that this is not enough, nothing is put back: what is
/// looked for is text that was removed and added in one go, with a few tokens different.
constexpr TokenDiffOptions kSearch{.longest_replaced_as_a_whole = 0, .most_steps = 5'000};

/// Removed spans that an update looks through, the newest first.
constexpr std::size_t kKeptSpans = 32;

std::vector<TokenId> context_before(std::span<const TokenId> tokens, std::size_t index) {
  const auto before = tokens.first(index);
  const auto context = before.last(std::min(index, kContext));
  return {context.begin(), context.end()};
}

}  // namespace

CachedPrompt::CachedPrompt(const CachedPrompt& other, KvSequence& sequence)
    : sequence_(sequence),
      pool_(other.pool_),
      kept_slots_(other.kept_slots_),
      tokens_(other.tokens_),
      entries_(other.entries_),
      held_(other.held_) {
  for (const Kept& kept : other.kept_) {
    kept_.push_back({kept.span.fork(), kept.entries, kept.context, kept.is_of_this_update});
  }
}

std::uint32_t CachedPrompt::exact_until() const {
  const auto first_missing = std::find_if(entries_.begin(), entries_.end(),
                                          [](const Entry& entry) { return !entry.is_held; });
  return std::min(static_cast<std::uint32_t>(first_missing - entries_.begin()),
                  sequence_.exact_until());
}

std::uint32_t CachedPrompt::sequence_index(std::uint32_t index) const {
  return static_cast<std::uint32_t>(
      std::count_if(entries_.begin(), entries_.begin() + index,
                    [](const Entry& entry) { return entry.is_held; }));
}

void CachedPrompt::replace(std::uint32_t first, std::uint32_t removed,
                           std::span<const TokenId> inserted) {
  assert(first <= size() && removed <= size() - first);
  const std::uint32_t held_first = sequence_index(first);
  std::vector<Entry> entries;
  std::copy_if(entries_.begin() + first, entries_.begin() + first + removed,
               std::back_inserter(entries), [](const Entry& entry) { return entry.is_held; });
  if (!entries.empty()) {
    const auto count = static_cast<std::uint32_t>(entries.size());
    kept_.push_back({sequence_.remove(held_first, count), std::move(entries),
                     context_before(tokens_, first), true});
    held_ -= count;
  }
  const auto splice = [&](auto& list, auto begin, auto end) {
    const auto place = list.erase(list.begin() + first, list.begin() + first + removed);
    list.insert(place, begin, end);
  };
  const std::vector<Entry> missing(inserted.size());
  splice(tokens_, inserted.begin(), inserted.end());
  splice(entries_, missing.begin(), missing.end());
}

void CachedPrompt::offer(RemovedSpan span, std::uint32_t behind_first, std::uint32_t behind_last) {
  std::vector<Entry> entries(span.tokens().size(), {.is_held = true, .is_fresh = false});
  for (std::uint32_t i = behind_first; i < behind_last; ++i) entries[i].side = Side::kBehind;
  kept_.push_back({std::move(span), std::move(entries), {}, true});
}

void CachedPrompt::finish_update() {
  const auto is_fresh = [&](std::uint32_t index) {
    return entries_[index].is_fresh && !entries_[index].is_held;
  };
  for (const Fit fit : {Fit::kSameContext, Fit::kMoved}) {
    for (std::uint32_t first = 0; first < size() && !kept_.empty();) {
      std::uint32_t last = first;
      while (last < size() && is_fresh(last)) ++last;
      if (first < last) restore_into(first, last, fit);
      first = last + 1;
    }
  }
  for (Entry& entry : entries_) entry.is_fresh = false;
  for (Kept& kept : kept_) kept.is_of_this_update = false;
  limit_kept();
}

void CachedPrompt::limit_kept() {
  while (!kept_.empty() && (kept_count() > kept_slots_ || kept_.size() > kKeptSpans)) {
    kept_.pop_front();
  }
}

void CachedPrompt::keep_of(CachedPrompt& fork, std::uint32_t first, std::uint32_t last) {
  KvSequence& sequence = fork.sequence_;
  while (first < last && !fork.entries_[first].is_held) ++first;
  const std::uint32_t from = fork.sequence_index(first);
  std::vector<Entry> entries;
  for (std::uint32_t i = first; i < last && fork.entries_[i].is_held; ++i) {
    entries.push_back(fork.entries_[i]);
    entries.back().computed_as = 0;  // It has a number of the fork's.
  }
  // What was generated follows the whole prompt.
  if (first + entries.size() == fork.size()) {
    entries.resize(sequence.length() - from, {.is_held = true, .is_fresh = false});
  }
  if (entries.empty() || entries.size() > kept_slots_) return;

  Kept computed{sequence.remove(from, static_cast<std::uint32_t>(entries.size())),
                std::move(entries), context_before(fork.tokens_, first), false};
  const std::vector<Slot> slots = computed.span.slots();
  const auto last_shared = std::find_if(slots.rbegin(), slots.rend(),
                                        [this](Slot slot) { return pool_.is_shared(slot); });
  Kept own = computed.split_off(static_cast<std::uint32_t>(slots.rend() - last_shared));
  if (own.span.tokens().empty()) return;
  kept_.push_back(std::move(own));
  limit_kept();
}

CachedPrompt::Kept CachedPrompt::Kept::split_off(std::uint32_t first) {
  std::vector<TokenId> before = context;
  const auto own = span.tokens().first(first);
  before.insert(before.end(), own.begin(), own.end());
  if (before.size() > kContext) before.erase(before.begin(), before.end() - kContext);
  Kept rest{span.split_off(first),
            {entries.begin() + first, entries.end()},
            std::move(before),
            is_of_this_update};
  entries.resize(first);
  return rest;
}

void CachedPrompt::restore_into(std::uint32_t first, std::uint32_t last, Fit fit) {
  std::size_t best = 0;
  std::vector<Stretch> stretches;
  std::uint32_t longest = 0;
  for (std::size_t i = kept_.size(); i > 0; --i) {
    if (fit == Fit::kMoved && !kept_[i - 1].is_of_this_update) continue;
    std::vector<Stretch> found = common_stretches(kept_[i - 1], first, last, fit);
    std::uint32_t length = 0;
    for (const Stretch& stretch : found) length += stretch.length;
    if (length <= longest) continue;
    longest = length;
    best = i - 1;
    stretches = std::move(found);
    if (longest == last - first) break;
  }
  if (stretches.empty()) return;
  restore(best, stretches);
  // What is between the stretches may have been removed with something else.
  for (const Stretch& stretch : stretches) {
    if (first < stretch.index) restore_into(first, stretch.index, fit);
    first = stretch.index + stretch.length;
  }
  if (first < last) restore_into(first, last, fit);
}

std::vector<CachedPrompt::Stretch> CachedPrompt::common_stretches(const Kept& kept,
                                                                  std::uint32_t first,
                                                                  std::uint32_t last,
                                                                  Fit fit) const {
  const std::span<const TokenId> missing = std::span(tokens_).subspan(first, last - first);
  const std::size_t shortest = std::min({kept.is_of_this_update ? kShortestMoved : kShortestUndone,
                                         missing.size(), kept.span.tokens().size()});
  std::vector<Stretch> stretches;
  std::size_t kept_done = 0;
  std::size_t missing_done = 0;
  const auto take = [&](std::size_t length) {
    const auto index = static_cast<std::uint32_t>(first + missing_done);
    // Behind its first tokens, a stretch is its own context.
    const bool is_behind_other =
        fit == Fit::kSameContext && length > 0 && !has_same_context(kept, kept_done, index);
    const std::size_t skipped = is_behind_other ? kContext : 0;
    if (length > skipped && length - skipped >= shortest) {
      stretches.push_back({static_cast<std::uint32_t>(kept_done + skipped),
                           static_cast<std::uint32_t>(index + skipped),
                           static_cast<std::uint32_t>(length - skipped)});
    }
  };
  for (const TokenChange& change : diff(kept.span.tokens(), missing, kSearch)) {
    take(change.first - missing_done);
    kept_done += change.first - missing_done + change.removed;
    missing_done = change.first + change.inserted;
  }
  take(missing.size() - missing_done);
  return stretches;
}

void CachedPrompt::restore(std::size_t kept_index, std::span<const Stretch> stretches) {
  Kept kept = std::move(kept_[kept_index]);
  std::vector<Kept> left;
  // From the end, so that what is cut off the span leaves the tokens before it as they are.
  for (std::size_t i = stretches.size(); i > 0; --i) {
    const Stretch& stretch = stretches[i - 1];
    left.push_back(kept.split_off(stretch.kept_first + stretch.length));
    Kept found = kept.split_off(stretch.kept_first);
    sequence_.restore(sequence_index(stretch.index), std::move(found.span));
    std::copy(found.entries.begin(), found.entries.end(), entries_.begin() + stretch.index);
    held_ += stretch.length;
  }
  left.push_back(std::move(kept));
  auto place = kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(kept_index));
  for (Kept& part : left) {
    if (!part.span.tokens().empty()) place = kept_.insert(place, std::move(part));
  }
}

bool CachedPrompt::has_same_context(const Kept& kept, std::size_t offset,
                                    std::uint32_t index) const {
  const std::span<const TokenId> before = std::span(tokens_).first(index);
  const std::span<const TokenId> own = kept.span.tokens().first(offset);
  for (std::size_t back = 1; back <= kContext; ++back) {
    const bool beyond_own = back > own.size();
    if (beyond_own && back - own.size() > kept.context.size()) {
      return kept.context.size() < kContext && back > before.size();
    }
    if (back > before.size()) return false;
    const TokenId expected = beyond_own ? kept.context[kept.context.size() - (back - own.size())]
                                        : own[own.size() - back];
    if (before[before.size() - back] != expected) return false;
  }
  return true;
}

void CachedPrompt::mark_stale(std::uint32_t index, RepairStage stage) {
  std::optional<RepairStage>& stale = entries_[index].stale;
  if (entries_[index].is_held && (!stale || stage < *stale)) stale = stage;
}

void CachedPrompt::outdate(std::uint32_t first) {
  for (std::uint32_t index = first; index < size(); ++index) {
    entries_[index].is_outdated = entries_[index].is_held;
  }
}

void CachedPrompt::forget(std::uint32_t first) {
  const std::uint32_t held_first = sequence_index(first);
  sequence_.erase(held_first, held_ - held_first);
  held_ = held_first;
  std::fill(entries_.begin() + first, entries_.end(), Entry{.is_fresh = false});
  kept_.clear();
}

std::uint32_t CachedPrompt::adopt(std::uint32_t first) {
  // Something of it that was put back would stand before what was generated.
  if (sequence_index(first) != held()) return 0;
  const std::span<const TokenId> behind = sequence_.tokens().subspan(held());
  std::uint32_t adopted = 0;
  while (first + adopted < size() && !entries_[first + adopted].is_held &&
         adopted < behind.size() && behind[adopted] == tokens_[first + adopted]) {
    entries_[first + adopted] = {.is_held = true, .is_fresh = false};
    ++adopted;
  }
  held_ += adopted;
  return adopted;
}

std::vector<PlannedToken> CachedPrompt::plan(std::span<const std::uint32_t> indices,
                                             std::span<const std::uint32_t> asking) const {
  std::vector<PlannedToken> planned;
  planned.reserve(indices.size());
  std::uint32_t counted = 0;  // Of the prompt, up to here …
  std::uint32_t held = 0;     // … so many are in the sequence.
  for (const std::uint32_t index : indices) {
    for (; counted < index; ++counted) held += entries_[counted].is_held ? 1 : 0;
    const auto place =
        entries_[index].is_held ? PlannedToken::Place::kReplace : PlannedToken::Place::kInsert;
    const bool wants_logits = std::binary_search(asking.begin(), asking.end(), index);
    planned.push_back({tokens_[index], place, held, wants_logits});
  }
  return planned;
}

void CachedPrompt::take_computed(std::span<const std::uint32_t> indices, std::uint32_t behind_first,
                                 std::uint32_t behind_last) {
  for (const std::uint32_t index : indices) {
    held_ += entries_[index].is_held ? 0 : 1;
    const bool is_behind = index >= behind_first && index < behind_last;
    entries_[index] = {.is_held = true,
                       .is_fresh = false,
                       .side = is_behind ? Side::kBehind : Side::kBefore,
                       .computed_as = ++computed_};
  }
}

void CachedPrompt::make_room(std::uint32_t slots) {
  while (pool_.free_count() < slots && !kept_.empty()) kept_.pop_front();
}

std::uint32_t CachedPrompt::kept_count() const {
  std::uint32_t slots = 0;
  for (const Kept& kept : kept_) slots += static_cast<std::uint32_t>(kept.span.tokens().size());
  return slots;
}

}  // namespace nextline
