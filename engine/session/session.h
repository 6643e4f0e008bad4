#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/error.h"
#include "engine/kv/kv_sequence.h"
#include "engine/kv/snapshot.h"
#include "engine/session/cache_state.h"
#include "engine/session/cached_prompt.h"
#include "engine/session/completion.h"
#include "engine/session/prompt_layout.h"
#include "engine/session/repair.h"
#include "engine/session/replacement.h"
#include "engine/session/stale_span.h"
#include "engine/session/text_around_cursor.h"

namespace nextline {

/// What a session keeps of its cache when the text changes; all but the last are for comparison.
/// With the first two, a completion is that of a fresh session, and all of the prompt is computed
/// before it.
enum class Reuse : std::uint8_t {
  kNothing,       ///< Everything is computed again.
  kCommonPrefix,  ///< What stands before the first change.
  /// Every token that is still there; its key counts as if it were turned to its new position, but
  /// is not, so that the model sees wrong distances across an edit.
  kUnrotated,
  kRotated,  ///< Every token that is still there; its key is turned to its new position.
  kPieces,   ///< Every token that is still there; no key is touched.
};

/// "nothing", "prefix", "unrotated", "rotated", "pieces".
std::string_view name_of(Reuse reuse);
std::optional<Reuse> reuse_from_name(std::string_view name);

/// One document's model state: the text around the cursor, its KV cache, and the completions made
/// on it. The text's edits are spliced into the cache when they come (`update`), what they added is
/// computed as soon as there is time (`encode`), and a completion computes what is then missing.
///
/// What is cached behind an edit was computed from the text before it. Of that, `encode` repairs
/// what matters most (`RepairOptions`), and `refresh_some`, while nobody waits, the rest: from left
/// to right, until the cache is that of a fresh session, bit for bit.
///
/// Where the device of its backend has failed, what computes anything fails with the reason.
///
/// One thread at a time; `backend` must outlive the session.
class Session {
 public:
  struct Options {
    std::uint32_t context_length = 0;  ///< Tokens at most; 0: what the model was trained for.
    std::uint32_t prefill_rows = 0;    ///< Rows per pass over the prompt; 0: the backend's choice.
    /// Nothing: fill-in-the-middle, suffix first, if the model has been trained for it. What is
    /// typed before the gap then leaves nothing stale (docs/replay.md).
    std::optional<Layout> layout = std::nullopt;
    /// Of Layout::kBlend: how much filling in the middle has to say, from 0 to 1. The text before
    /// the cursor alone has the rest.
    float blend_weight = 0.5F;
    bool heals_tokens = true;
    Reuse reuse = Reuse::kPieces;
    /// In what numbers keys and values are kept; nothing: in those that the backend has chosen.
    std::optional<KvType> kv_type = std::nullopt;
    /// Of the context, kept free for what is generated.
    std::uint32_t reserved_tokens = 64;
    RepairOptions repair = {};
    /// Of the context, kept free for a preamble.
    std::uint32_t preamble_tokens = 0;
  };

  Session(Session&&) = default;
  Session& operator=(Session&&) = delete;  // Its parts must go in the reverse order.

  static Result<Session> create(Backend& backend, Options options);
  static Result<Session> create(Backend& backend) { return create(backend, Options{}); }

  /// Takes another text, as that of a document that is opened.
  void open(std::string_view text, Gap gap);
  /// The same of a document that was open before: what of its text has not changed since is cached,
  /// whatever is kept of later changes. A session that is new. What another arithmetic has computed
  /// is stale, another storage's keys and values are of no use. Where the text behind comes first,
  /// the preamble is the snapshot's, since all behind it was computed with it.
  void open(std::string_view text, Gap gap, const Snapshot& snapshot);
  /// The cache as it is, but for the key and the text's hash, which the caller knows.
  Snapshot snapshot();
  /// Puts a text before all of the document's: what other files say. Of one that is longer than
  /// `preamble_tokens`, the beginning. Computes nothing, and no completion waits for it: it is
  /// computed, and what stands behind it again, while nobody waits (`encode_some`, `refresh_some`).
  /// What it has in common with the one before is kept.
  void set_preamble(std::string_view text);
  /// Follows the text: `text` came of the one before by `replacements`. Computes nothing.
  void update(std::string_view text, std::span<const Replacement> replacements, Gap gap);
  Gap gap() const { return text_->gap(); }
  /// Says which of the text's tokens the last update has made stale, the most valuable first. Of
  /// spans of one reason, each gets an equal share of what that stage may take.
  void mark_stale(std::span<const StaleSpan> spans);

  /// Computes what the next completion needs: the changed tokens, the markers behind them, the
  /// stale tokens that are repaired and, of text that is new altogether, its beginning and the
  /// surroundings of the gap. Kept pass by pass, each of at most `rows` rows.
  Result<PassOutcome> encode(std::uint32_t rows, const std::stop_token& stop = {});
  /// The same, of the stale tokens only the markers: for a text of which the next change comes
  /// before anybody asks.
  Result<PassOutcome> encode_changes(std::uint32_t rows, const std::stop_token& stop = {});
  /// Computes some of that in one pass, or, where there is nothing left, of what is missing further
  /// away, the preamble last; then, of a text that has not been edited since it was opened, what is
  /// not exact.
  Result<PassOutcome> encode_some(std::uint32_t rows, const std::stop_token& stop = {});
  /// Whether `encode_some` has nothing left to do.
  bool is_complete() const;
  /// Whether it has nothing left to do but the preamble, which can wait longer.
  bool is_ready() const;
  /// Whether what was opened is still being computed: nothing has been edited since, and the cache
  /// has not been exact.
  bool is_opening() const { return is_opening_ && !is_exact(); }
  /// Computes the first tokens that are not exact, at most `rows`, in one pass that is kept. A
  /// cancelled pass leaves everything as it was.
  Result<PassOutcome> refresh_some(std::uint32_t rows, const std::stop_token& stop = {});
  /// Whether the cache is that of a fresh session, bit for bit, to the last token's logits.
  bool is_exact() const;
  /// Drops everything and computes it again.
  Result<PassOutcome> recompute(const std::stop_token& stop = {});

  /// Fills the gap, greedily: the text behind the bytes that were healed and typed.
  Result<Completion> complete(const CompletionOptions& options, std::stop_token stop = {});

  /// What `complete` would say if the text became `text` by these replacements. The text stays what
  /// it is, and so does all that the session is or tells, exactness and counts included: it is said
  /// on a fork of the cache. What was computed is kept beside it, also by a call that is stopped,
  /// and taken where the text does become so. Fails for Reuse::kRotated, which turns keys where
  /// they lie.
  Result<Completion> look_ahead(std::string_view text, std::span<const Replacement> replacements,
                                Gap gap, const CompletionOptions& options,
                                const std::stop_token& stop = {});

  /// The logits before each token of a given continuation of the prompt, in one pass behind what
  /// `encode` computes: how likely is a text that is known. The prompt's cache stays as it is; what
  /// was generated behind it is dropped. Fails for a continuation that the context or the cache
  /// cannot hold.
  Result<std::vector<std::vector<float>>> score(std::span<const TokenId> continuation);

  const KvSequence& sequence() const { return *sequence_; }
  const CachedPrompt& prompt() const { return *prompt_; }
  const TextAroundCursor& text() const { return *text_; }
  const KvStorage& storage() const { return *storage_; }
  Layout layout() const { return layout_; }
  /// Logits behind the prompt's last token: [vocabulary]; once `encode` has finished. Of
  /// Layout::kBlend, the blend of both views'.
  std::span<const float> prompt_logits() const { return prompt_logits_; }
  /// Prompt tokens computed since the session was made.
  std::uint32_t encoded_tokens() const { return encoded_tokens_; }
  /// Of these, the ones that were computed to repair what an edit had made stale.
  const RepairCounts& repaired() const { return repaired_; }
  /// Slots that are taken: by the sequence, and by removed tokens that are kept.
  std::uint32_t slots_in_use() const { return pool_->slot_count() - pool_->free_count(); }
  /// The session is about to be used: what of its cache had to make room for others may come back
  /// meanwhile (KvStorage::bring_back).
  void bring_back() { storage_->bring_back(); }
  /// Memory that the cache has taken.
  std::size_t cache_bytes() const { return pool_->untouched_from() * storage_->slot_bytes(); }
  /// Memory that it may take before the next completion is made, if what is stale is refreshed in
  /// passes of so many rows meanwhile: what they compute takes room beside what it replaces.
  std::size_t growth_bytes(std::uint32_t refresh_rows) const;
  /// What is cached, token by token. Computes nothing; takes time in proportion to the prompt.
  /// Tokens computed since the session had computed `since` tokens are told apart.
  CacheState cache_state(std::uint32_t since) const;
  /// Milliseconds of the passes that computed the prompt's tokens since the session was made.
  double encoding_ms() const { return encoding_ms_; }
  /// Of the last update: how long the piece table took, in microseconds.
  double splice_us() const { return splice_us_; }

 private:
  Session(Backend& backend, const Options& options, Layout layout,
          std::unique_ptr<KvStorage> storage);
  /// A fork, which shares slots with the other one and must go before that computes again.
  Session(const Session& other);

  void begin_prompt();
  void take_whole(std::string_view text, Gap gap);
  /// `update`, but for what it keeps.
  void follow(std::string_view text, std::span<const Replacement> replacements, Gap gap);
  void offer(const Snapshot& snapshot);
  void take_preamble(const Snapshot& snapshot);
  /// Lays the sequence out anew.
  void lay_out();
  // Where the parts of the prompt stand.
  std::uint32_t prefix_first() const;
  std::uint32_t suffix_first() const;
  /// Where the document begins, or the first marker of it: behind the preamble.
  std::uint32_t document_first() const { return front_ + preamble_count_; }
  bool is_preamble(std::uint32_t index) const {
    return index >= front_ && index < document_first();
  }
  /// Tokens that are missing, but for the preamble's.
  std::uint32_t missing_of_document() const;
  /// The last token of the text before; where there is none, what stands before it.
  std::uint32_t prefix_last() const { return prefix_first() + prefix_count_ - 1; }
  std::uint32_t last() const { return prompt_->size() - 1; }

  // The prompt's views: the whole, and of kBlend the plain one, which ends where the text before
  // does. What is generated behind that is the sequence's side branch.
  bool blends() const { return layout_ == Layout::kBlend; }
  std::uint32_t view_count() const { return blends() ? 2 : 1; }
  /// The last token of each view, whose logits are kept.
  std::vector<std::uint32_t> view_ends() const;
  /// Whether these are the logits of the present prompt.
  bool has_logits() const { return has_prompt_logits_ && (!blends() || has_plain_logits_); }
  /// Of a pass over these tokens of the prompt.
  void take_logits(std::span<const std::uint32_t> computed);
  /// Plans a draft behind the end of each view.
  Result<Pass> plan(std::span<const DraftToken> draft) const;
  /// Makes the logits of such a pass those of the draft.
  void blend_views();

  void take(TextAroundCursor::Side side, const TokenChange& change);
  /// Splices a change into the prompt, and outdates the markers behind it.
  void splice(std::uint32_t first, std::uint32_t removed, std::span<const TokenId> inserted);
  void outdate_markers(std::uint32_t changed);
  /// Marks what is left, from the token at `index` on, of the line of the token before it.
  void outdate_rest_of_line(std::uint32_t index);
  /// Outdates what stands behind this update's first change, unless that is at the gap: what is
  /// behind the gap hardly depends on what is being typed.
  void outdate_behind_change();
  PromptPart part_of(std::uint32_t index) const;
  bool is_before_gap(std::uint32_t index) const;
  bool is_behind_gap(std::uint32_t index) const;
  /// Where a token of a side stands in the prompt.
  std::uint32_t index_of(TextAroundCursor::Side side, std::size_t token) const;
  void drop_generated();
  void apply_reuse();

  /// The tokens that `encode` is to compute, ascending, with a repair of so many tokens.
  std::vector<std::uint32_t> needed(std::uint32_t budget) const;
  std::vector<std::uint32_t> needed() const { return needed(repair_left_); }
  /// Of these, the stale tokens: all markers, and of other tokens as many as the budget has.
  std::vector<std::uint32_t> repairs(std::uint32_t budget) const;
  /// Why a token that is not exact is repaired where the gap is now, of several reasons the most
  /// urgent one.
  std::optional<RepairStage> repair_of(std::uint32_t index) const;
  /// In tokens; 0 for those that stand next to it.
  std::uint32_t distance_from_gap(std::uint32_t index) const;
  Result<PassOutcome> compute(std::span<const std::uint32_t> indices, std::uint32_t rows,
                              const std::stop_token& stop);
  RepairCounts stale_among(std::span<const std::uint32_t> indices) const;
  void take_repaired(const RepairCounts& counts);
  /// Of the last pass: what a session keeps of them it copies.
  Logits& logits() const { return backend_->pass_logits(); }
  /// What a pass is to leave behind: logits() or chosen_.
  enum class Wanted : std::uint8_t { kLogits, kTokens };
  Result<PassOutcome> run(const Pass& pass, Wanted wanted, const Sampling& sampling,
                          const std::stop_token& stop);
  /// Of a pass; or why the backend computes none any more.
  Result<PassOutcome> checked(PassOutcome outcome) const;
  Result<FinishReason> generate(const CompletionOptions& options, Completion& completion,
                                const std::stop_token& stop);
  /// How many rows a pass over generated tokens may have: what is free of the context and the
  /// cache.
  std::uint32_t room();
  /// Makes draft_ of a token that is known and what a drafter says may follow it.
  void draft(TokenId known, Drafter* drafter, std::span<const TokenId> context,
             std::uint32_t most_tokens);
  /// The same of what must follow it.
  void draft(TokenId known, std::span<const TokenId> forced, std::uint32_t most_tokens);

  Backend* backend_;
  Options options_;
  Layout layout_;
  std::optional<FillMarkers> markers_;
  std::shared_ptr<KvStorage> storage_;  // Shared with a fork, as is the pool.
  std::shared_ptr<SlotPool> pool_;
  std::unique_ptr<KvSequence> sequence_;
  std::unique_ptr<CachedPrompt> prompt_;
  std::unique_ptr<TextAroundCursor> text_;

  std::uint32_t front_ = 0;           // Tokens that begin the prompt and never change.
  std::uint32_t preamble_count_ = 0;  // Tokens of the preamble, which follows them.
  std::uint32_t prefix_count_ = 0;    // Tokens of the text before in the prompt …
  std::uint32_t suffix_count_ = 0;    // … and of the text behind.
  std::uint32_t first_change_ = 0;    // Of an update, in the prompt.
  bool gap_has_moved_ = false;        // By an update: the text behind it begins with other tokens.
  bool is_opening_ = false;           // No update since the text was opened.
  std::size_t fewest_pieces_ = 0;     // After the sequence was last laid out.
  bool is_fork_ = false;

  std::vector<ChosenToken> chosen_;   // Of the last pass that the device chose behind.
  std::vector<DraftToken> draft_;     // That the next pass computes.
  std::vector<float> prompt_logits_;  // [vocabulary], as all of these.
  bool has_prompt_logits_ = false;
  // Of kBlend, what `prompt_logits_` is blended of.
  std::vector<float> middle_logits_;  // Behind the whole prompt …
  std::vector<float> plain_logits_;   // … and behind the text before.
  bool has_plain_logits_ = false;
  CompletionTiming timing_;  // Since the last completion.
  CompletionTokens tokens_;
  std::uint32_t encoded_tokens_ = 0;
  double encoding_ms_ = 0;
  RepairCounts repaired_;
  std::uint32_t repair_left_ = 0;  // Of the budget, in tokens.
  double splice_us_ = 0;
};

}  // namespace nextline
