#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/backend/batch.h"
#include "engine/error.h"
#include "engine/kv/draft_token.h"
#include "engine/kv/kv_storage.h"
#include "engine/kv/slot_pool.h"
#include "engine/kv/stamp.h"
#include "engine/tokenizer/token.h"

namespace nextline {

/// Consecutive tokens of a sequence in consecutive slots with consecutive anchors. Where a piece
/// stands in the list gives its tokens their positions; the shift position − anchor is one constant
/// within it.
struct Piece {
  Slot first_slot;
  std::uint32_t length;
  Position first_anchor;
  bool operator==(const Piece&) const = default;
};

/// A token that a pass is to compute, and where it will stand.
struct PlannedToken {
  enum class Place : std::uint8_t {
    kInsert,   ///< Before the token that has `index` now; at the end where index is the length.
    kReplace,  ///< Instead of the token that has `index` now.
  };
  TokenId token;
  Place place;
  std::uint32_t index;
  bool wants_logits = false;
};

/// A draft behind the end of a sequence's side branch.
struct SideDraft {
  std::uint32_t fork = 0;  ///< The branch follows so many tokens of the sequence.
  std::span<const DraftToken> tokens = {};
};

class KvSequence;

/// A forward pass that has been planned but has not touched its sequence: the batch for the backend
/// and the scratch slots that its rows fill. A pass that is not committed (cancelled, or a branch
/// that was rejected) gives its slots back when it is destroyed and leaves no trace.
class Pass {
 public:
  Pass(Pass&& other) noexcept;
  Pass& operator=(Pass&& other) noexcept;
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;
  ~Pass();

  const Batch& batch() const { return batch_; }

 private:
  friend class KvSequence;
  explicit Pass(SlotPool& pool) : pool_(&pool) {}

  SlotPool* pool_;                     // Null once committed or moved from.
  std::vector<SlotRange> slots_;       // The slots of all rows, in the order of the rows.
  std::vector<PlannedToken> planned_;  // The first rows of the batch; draft rows follow …
  std::vector<DraftToken> draft_;
  std::uint32_t side_fork_ = 0;  // Of the rows behind those, the side branch's.
  /// View 0 is the whole sequence with all planned tokens in place; each leaf of a draft has a
  /// further one.
  Batch batch_;
  std::uint64_t edit_epoch_ = 0;
};

/// Tokens that were cut out of a sequence, with their keys and values: `KvSequence::restore` puts
/// them back without computing anything. Keeps their slots from being used again until it is
/// destroyed; the pool must outlive it.
class RemovedSpan {
 public:
  RemovedSpan() = default;  ///< No tokens.
  /// Tokens that were computed elsewhere, at the positions 0, 1, 2, …; the slots that they get here
  /// are for the caller to fill. Nothing if fewer are free.
  static std::optional<RemovedSpan> from_elsewhere(SlotPool& pool, std::span<const TokenId> tokens,
                                                   std::span<const Stamp> stamps);
  RemovedSpan(RemovedSpan&& other) noexcept;
  RemovedSpan& operator=(RemovedSpan&& other) noexcept;
  RemovedSpan(const RemovedSpan&) = delete;
  RemovedSpan& operator=(const RemovedSpan&) = delete;
  ~RemovedSpan();

  std::span<const TokenId> tokens() const { return tokens_; }
  /// By token.
  std::vector<Slot> slots() const;

  /// Parts the span: the tokens from `first` on are returned, those before stay.
  RemovedSpan split_off(std::uint32_t first);
  /// The same tokens in the same slots, which both hold then.
  RemovedSpan fork() const;

 private:
  friend class KvSequence;

  SlotPool* pool_ = nullptr;  // Null once restored or moved from.
  std::vector<TokenId> tokens_;
  std::vector<Stamp> stamps_;  // By token.
  std::vector<Piece> pieces_;
};

/// What becomes of keys whose tokens no longer stand where they were computed.
enum class Shifts : std::uint8_t {
  kFollowed,  ///< Their anchors stay, and attention turns queries to match.
  /// For comparison: they count as rotated to where their tokens stand, though no key is touched.
  /// So anchors are always positions, and relative positions across an edit are wrong: what He et
  /// al., "Let the Code LLM Edit Itself When You Edit the Code", call Conflict Fast Encoding. What
  /// has moved is stale until it is computed again, even where it moves back.
  kIgnored,
};

/// The KV cache of one token sequence as a piece table: an ordered list of pieces over the slots of
/// a storage. An insertion splits a piece and adds one, a deletion splits and drops; no key is ever
/// touched by an edit. What many edits have cut up is laid out anew by `compact`, between passes.
/// Holds only tokens that have been computed.
///
/// Beside it there may be a side branch: tokens that follow the first ones of the sequence, up to
/// the branch's fork, and see only these and each other, in slots of their own. So a continuation
/// of the sequence and one of its beginning share what they have in common. The branch goes when
/// anything changes before its fork.
///
/// Not thread-safe. The pool must outlive the sequence, its passes and its removed spans.
class KvSequence {
 public:
  /// A side branch begins so many slots behind the sequence's end, where these are free: a line is
  /// then appended to both, in one run each.
  static constexpr std::uint32_t kSideDistance = 64;

  explicit KvSequence(SlotPool& pool, Shifts shifts = Shifts::kFollowed)
      : pool_(&pool), shifts_(shifts) {}
  KvSequence(KvSequence&& other) noexcept;
  KvSequence(const KvSequence&) = delete;
  KvSequence& operator=(const KvSequence&) = delete;
  KvSequence& operator=(KvSequence&&) = delete;
  ~KvSequence();

  /// A sequence of the same tokens in the same slots, which both hold then: what becomes of one
  /// leaves the other as it is. While they share slots, neither is laid out anew nor turned. The
  /// side branch stays behind.
  KvSequence fork() const;

  std::uint32_t length() const { return static_cast<std::uint32_t>(tokens_.size()); }
  std::span<const TokenId> tokens() const { return tokens_; }
  std::span<const Piece> pieces() const { return pieces_; }
  /// By token.
  std::vector<Slot> slots() const;

  /// What each token's keys and values were computed from.
  std::span<const Stamp> stamps() const { return stamps_; }
  /// The tokens before this one are exact: each was computed at its present position from exactly
  /// its present predecessors, so that the cache is there what a fresh prefill would make of it.
  /// An edit lowers it to where it was made, a pass over the tokens that begin there raises it, and
  /// an edit that is taken back raises it as far as nothing has been computed anew behind it.
  std::uint32_t exact_until() const { return exact_until_; }

  /// Counts the changes of the sequence: a pass can be committed only while the sequence is as it
  /// was planned for.
  std::uint64_t edit_epoch() const { return edit_epoch_; }

  /// Cuts tokens [first, first + count) out; those behind move up without being touched. Takes time
  /// in proportion to the pieces and to the tokens that move up or are cut out, as restore does.
  RemovedSpan remove(std::uint32_t first, std::uint32_t count);
  /// Puts tokens that were cut out of a sequence on the same pool back, before the token that has
  /// `index` now. Their keys are not touched: their shifts follow from where they stand now.
  void restore(std::uint32_t index, RemovedSpan span);
  /// Drops tokens [first, first + count) and frees their slots.
  void erase(std::uint32_t first, std::uint32_t count) { remove(first, count); }

  /// Plans a pass over `tokens`, ascending in index (at one index insertions come before a
  /// replacement), and a draft tree behind the end of the sequence, each parent before its
  /// children; draft rows ask for logits. Every row sees the sequence as it will be with all
  /// planned tokens in place, up to itself; a draft row sees all of that and its own ancestors.
  /// The rows of `side`, which come last, are a draft tree behind the end of the side branch, or
  /// begin one where there is none; then no token before the fork is planned.
  /// Fails if the pool has too few free slots.
  Result<Pass> plan(std::span<const PlannedToken> tokens, std::span<const DraftToken> draft = {},
                    const SideDraft& side = {}) const;

  /// Takes the planned tokens and the accepted rows of the draft (indices into the draft, each the
  /// child of the one before) into the sequence, and accepted rows of the side's draft into the
  /// side branch. The slots of rejected rows and of replaced tokens become free. The sequence must
  /// be as it was when the pass was planned.
  void commit(Pass pass, std::span<const std::uint32_t> accepted_draft = {},
              std::span<const std::uint32_t> accepted_side = {});

  /// The tokens of the side branch; none if there is no branch.
  std::span<const TokenId> side_tokens() const { return side_.tokens; }
  /// Drops the side branch and frees its slots.
  void drop_side();

  /// Lays the sequence out anew in `storage`, whose slots the pool hands out: in as few pieces as
  /// the slots allow that nothing else holds (one, if that is nothing), with all anchors at their
  /// positions. Keys whose anchors change are turned and rounded once more, and stay stale; those
  /// whose anchors are right keep their bits, wherever they go. Needs no free slots.
  void compact(KvStorage& storage);
  /// Turns the keys of tokens [first, first + count) where they lie, so that their anchors are
  /// their positions: what He et al., "Let the Code LLM Edit Itself When You Edit the Code", do
  /// after every edit.
  void rerotate(KvStorage& storage, std::uint32_t first, std::uint32_t count);

 private:
  struct Side {
    std::uint32_t fork = 0;
    std::vector<TokenId> tokens = {};
    std::vector<Piece> pieces = {};
  };

  /// The slot of a token. Linear in the number of pieces.
  Slot slot_of(std::uint32_t index) const;
  /// Adds the tokens [first, last) to the end of a view.
  void append_to(View& view, std::uint32_t first, std::uint32_t last) const;
  /// Takes each token's keys and values to where `pieces` say, and these for its own.
  void relocate(KvStorage& storage, std::vector<Piece> pieces);
  /// Makes room for the planned tokens: their rows, and view 0.
  void plan_sequence(Pass& pass, std::span<const Slot> slots) const;
  /// What a row behind the side branch sees.
  View side_view(std::uint32_t fork) const;
  /// Follows a change of the tokens from `first` on: finds `exact_until_`, and drops a side branch
  /// that has seen any of them.
  void take_change(std::uint32_t first);
  /// Where shifts are ignored, takes all positions for anchors.
  void forget_shifts();
  /// Finds `exact_until_` after a change of the tokens from `first` on.
  void find_exact(std::uint32_t first);
  /// The stamp that a token has if it is exact as those before it are.
  Stamp exact_stamp(std::uint32_t index) const;

  SlotPool* pool_;
  Shifts shifts_;
  std::vector<TokenId> tokens_;
  std::vector<Stamp> stamps_;  // By token.
  std::vector<Piece> pieces_;
  Side side_;
  std::uint32_t exact_until_ = 0;
  std::uint64_t edit_epoch_ = 0;
};

}  // namespace nextline
