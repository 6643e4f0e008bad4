#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "engine/kv/kv_sequence.h"
#include "engine/session/repair.h"
#include "engine/tokenizer/token.h"

namespace nextline {

/// The tokens that a sequence is to hold, and which of them it holds: the sequence's tokens are the
/// prompt's tokens that are not missing, in order, and behind them whatever was generated.
///
/// An edit of the prompt is spliced into the sequence at once: what it removes leaves the sequence,
/// what it adds is missing until it is computed. What was removed is kept for a while and put back
/// where the same tokens appear again: in the same update wherever that is (text that was moved, or
/// that the cursor passed), later only behind the same tokens as before (an edit that is undone).
///
/// Indices are the prompt's. Belongs to the thread that owns the sequence.
class CachedPrompt {
 public:
  /// On which side of the gap a token was when it was computed.
  enum class Side : std::uint8_t { kBefore, kBehind };

  /// At most `kept_slots` slots are spent on removed tokens.
  CachedPrompt(KvSequence& sequence, SlotPool& pool, std::uint32_t kept_slots)
      : sequence_(sequence), pool_(pool), kept_slots_(kept_slots) {}
  /// The same prompt, held by `sequence`, a fork of the other's sequence; what the other keeps,
  /// both keep.
  CachedPrompt(const CachedPrompt& other, KvSequence& sequence);

  std::uint32_t size() const { return static_cast<std::uint32_t>(tokens_.size()); }
  std::span<const TokenId> tokens() const { return tokens_; }
  /// Whether the sequence holds the token; else it is to be computed.
  bool holds(std::uint32_t index) const { return entries_[index].is_held; }
  /// How many of the prompt's tokens the sequence holds.
  std::uint32_t held() const { return held_; }
  /// How many it does not.
  std::uint32_t missing() const { return size() - held_; }
  /// How many of those before this one it holds: where the token stands in it, or would stand.
  std::uint32_t sequence_index(std::uint32_t index) const;
  /// The tokens before this one are as a fresh prefill of the prompt would make them, bit for bit.
  std::uint32_t exact_until() const;
  /// Tokens that passes have computed for the prompt so far, those computed again included.
  std::uint32_t computed() const { return computed_; }
  /// Of a token that the sequence holds: the number it has among these; 0 for one that came
  /// otherwise, out of a snapshot or out of what was generated.
  std::uint32_t computed_as(std::uint32_t index) const { return entries_[index].computed_as; }
  /// Why a token that is held is to be computed again, unless it has become exact meanwhile.
  std::optional<RepairStage> stale(std::uint32_t index) const { return entries_[index].stale; }

  /// Tokens [first, first + removed) give way to `inserted`.
  void replace(std::uint32_t first, std::uint32_t removed, std::span<const TokenId> inserted);
  /// Has tokens that were computed elsewhere put back by this update, as if it had removed them.
  /// Those of [behind_first, behind_last) stood behind the gap.
  void offer(RemovedSpan span, std::uint32_t behind_first, std::uint32_t behind_last);
  /// Ends an update, which is all replacements since the last one: puts back what is there.
  void finish_update();

  /// Says that a token had better be computed again; of two reasons, the more urgent one counts.
  void mark_stale(std::uint32_t index, RepairStage stage);
  /// Says that tokens before it have changed for all from `first` on that are held now.
  void outdate(std::uint32_t first);
  /// Whether that has happened since the token was computed.
  bool is_outdated(std::uint32_t index) const { return entries_[index].is_outdated; }
  /// Drops the tokens from `first` on, and all that is kept: they are missing.
  void forget(std::uint32_t first);
  /// Of a token that the sequence holds.
  Side computed_side(std::uint32_t index) const { return entries_[index].side; }
  /// Takes tokens that lie in the sequence behind the prompt's as the prompt's missing last ones,
  /// as far as the two agree. Returns how many.
  std::uint32_t adopt(std::uint32_t first);

  /// The pass that computes the tokens at these ascending indices. Those that are `asking`,
  /// ascending as well, want logits.
  std::vector<PlannedToken> plan(std::span<const std::uint32_t> indices,
                                 std::span<const std::uint32_t> asking) const;
  /// The sequence holds these now: the pass has been committed. Tokens of
  /// [behind_first, behind_last) stand behind the gap.
  void take_computed(std::span<const std::uint32_t> indices, std::uint32_t behind_first,
                     std::uint32_t behind_last);

  /// Keeps what a fork has computed, as if it had been removed here: the tokens of its prompt from
  /// `first` on, up to `last` or the first one that is missing, and behind all of its prompt what
  /// was generated. What the fork has only restored is kept already. The fork loses it.
  void keep_of(CachedPrompt& fork, std::uint32_t first, std::uint32_t last);

  /// Gives kept slots back until so many are free, the oldest first.
  void make_room(std::uint32_t slots);

 private:
  struct Entry {
    bool is_held = false;
    bool is_fresh = true;  // This update has added it.
    bool is_outdated = false;
    Side side = Side::kBefore;
    std::optional<RepairStage> stale = std::nullopt;
    std::uint32_t computed_as = 0;
  };
  struct Kept {
    RemovedSpan span;
    std::vector<Entry> entries;    // By token of the span.
    std::vector<TokenId> context;  // What stood before it, nearest last.
    bool is_of_this_update;

    /// Parts it as RemovedSpan::split_off does.
    Kept split_off(std::uint32_t first);
  };

  std::uint32_t kept_count() const;
  /// Drops the oldest of what is kept until it is within its limits.
  void limit_kept();
  /// Tokens of a kept span, and where the same ones are missing.
  struct Stretch {
    std::uint32_t kept_first, index, length;
  };

  enum class Fit : std::uint8_t {
    kSameContext,  ///< It stood behind the same tokens as now.
    kMoved,        ///< It was removed by this update.
  };

  /// Puts back what the missing tokens [first, last) have in common with what is kept.
  void restore_into(std::uint32_t first, std::uint32_t last, Fit fit);
  /// What they have in common with one kept span, ascending.
  std::vector<Stretch> common_stretches(const Kept& kept, std::uint32_t first, std::uint32_t last,
                                        Fit fit) const;
  /// Puts stretches of a kept span back; the rest of it is kept.
  void restore(std::size_t kept_index, std::span<const Stretch> stretches);
  /// Whether the same tokens stand before `index` as stood before the kept span's token `offset`.
  bool has_same_context(const Kept& kept, std::size_t offset, std::uint32_t index) const;

  KvSequence& sequence_;
  SlotPool& pool_;
  std::uint32_t kept_slots_;
  std::vector<TokenId> tokens_;
  std::vector<Entry> entries_;  // By index.
  std::uint32_t held_ = 0;
  std::uint32_t computed_ = 0;
  std::deque<Kept> kept_;  // The newest last.
};

}  // namespace nextline
