#include "engine/session/session.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <numeric>
#include <utility>

#include "engine/session/blend.h"
#include "engine/session/generation.h"

namespace nextline {
namespace {

/// Missing tokens that are all computed before a completion. Of more, those are that it needs most:
/// the text's beginning, which imports and declares, and what surrounds the gap.
constexpr std::uint32_t kFewTokens = 256;
constexpr std::uint32_t kNeededFirst = 64;
constexpr std::uint32_t kNeededBefore = 192;
constexpr std::uint32_t kNeededBehind = 64;

/// When so many pieces have come since a sequence was laid out, it is laid out anew. At 2,400
/// tokens of the default model a pass of one row takes a tenth longer over them than over one
/// piece, and laying out a quarter of such a pass.
constexpr std::size_t kMostPieces = 128;

/// Removed tokens are kept in so large a share of the context, as a divisor.
constexpr std::uint32_t kKeptShare = 4;

class Stopwatch {
 public:
  /// Adds the milliseconds since construction or the last call to `stage`.
  void lap(double& stage) {
    const auto now = std::chrono::steady_clock::now();
    stage += std::chrono::duration<double, std::milli>(now - last_).count();
    last_ = now;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

struct ReuseName {
  Reuse reuse;
  std::string_view name;
};

constexpr std::array kReuseNames = {
    ReuseName{Reuse::kNothing, "nothing"}, ReuseName{Reuse::kCommonPrefix, "prefix"},
    ReuseName{Reuse::kUnrotated, "unrotated"}, ReuseName{Reuse::kRotated, "rotated"},
    ReuseName{Reuse::kPieces, "pieces"}};

/// The child of a row of a draft that is this token.
std::optional<std::uint32_t> child_of(std::span<const DraftToken> draft, std::uint32_t parent,
                                      TokenId token) {
  for (std::uint32_t row = parent + 1; row < draft.size(); ++row) {
    if (draft[row].parent == parent && draft[row].token == token) return row;
  }
  return std::nullopt;
}

/// Whether what stands behind an edit is kept, though it was computed from other text.
bool keeps_stale(Reuse reuse) { return reuse != Reuse::kNothing && reuse != Reuse::kCommonPrefix; }

Layout layout_for(const Session::Options& options, bool can_fill) {
  if (!can_fill) return Layout::kPlain;
  return options.layout.value_or(Layout::kSuffixPrefixMiddle);
}

}  // namespace

std::string_view name_of(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStopRule:
      return "stop";
    case FinishReason::kEndOfText:
      return "end_of_text";
    case FinishReason::kTokenLimit:
      return "token_limit";
    case FinishReason::kContextFull:
      return "context_full";
    case FinishReason::kCancelled:
      return "cancelled";
  }
  return "";
}

std::string_view name_of(Reuse reuse) {
  for (const ReuseName& entry : kReuseNames) {
    if (entry.reuse == reuse) return entry.name;
  }
  return "";
}

std::optional<Reuse> reuse_from_name(std::string_view name) {
  for (const ReuseName& entry : kReuseNames) {
    if (entry.name == name) return entry.reuse;
  }
  return std::nullopt;
}

Session::Session(Backend& backend, const Options& options, Layout layout,
                 std::unique_ptr<KvStorage> storage)
    : backend_(&backend),
      options_(options),
      layout_(layout),
      markers_(fill_markers(backend.model().tokenizer())),
      storage_(std::move(storage)),
      pool_(std::make_shared<SlotPool>(storage_->slot_count())),
      sequence_(std::make_unique<KvSequence>(
          *pool_, options.reuse == Reuse::kUnrotated ? Shifts::kIgnored : Shifts::kFollowed)),
      prompt_(
          std::make_unique<CachedPrompt>(*sequence_, *pool_, options.context_length / kKeptShare)) {
  begin_prompt();
  const std::uint32_t room =
      options.context_length - options.reserved_tokens - options.preamble_tokens - prompt_->size();
  text_ = std::make_unique<TextAroundCursor>(
      backend.model().tokenizer(),
      TextAroundCursor::Options{options.heals_tokens, layout != Layout::kPlain, room});
}

Result<Session> Session::create(Backend& backend, Options options) {
  const std::uint32_t trained = backend.model().hyperparameters().context_length;
  options.context_length =
      options.context_length == 0 ? trained : std::min(options.context_length, trained);
  if (options.prefill_rows == 0) options.prefill_rows = backend.prompt_rows();
  options.prefill_rows = std::min(options.prefill_rows, options.context_length);
  // Sink, markers, a token of text on each side, and one to generate.
  if (options.context_length < 8)
    return failure("The context must hold eight tokens at the least.");
  if (!(options.blend_weight >= 0 && options.blend_weight <= 1)) {
    return failure("The weight of a blend must lie between 0 and 1.");
  }
  options.reserved_tokens = std::clamp(options.reserved_tokens, 1U, options.context_length / 2);
  // A quarter, and of a small context nothing: the text needs it.
  options.preamble_tokens = std::min(options.preamble_tokens, options.context_length / 32 * 8);
  const bool can_fill = fill_markers(backend.model().tokenizer()).has_value();
  const Layout layout = layout_for(options, can_fill);
  // A pass that computes a whole prompt again needs scratch slots beside the sequence, and what is
  // generated takes a slot in each view.
  auto storage = backend.create_storage(
      options.context_length + options.prefill_rows + options.context_length / kKeptShare +
          (layout == Layout::kBlend ? options.reserved_tokens : 0),
      options.kv_type);
  if (!storage) return tl::unexpected(storage.error());
  return Session(backend, options, layout, std::move(*storage));
}

void Session::begin_prompt() {
  std::vector<TokenId> tokens = {backend_->model().sink()};
  if (layout_ != Layout::kPlain && markers_->prefix != tokens.front()) {
    tokens.push_back(markers_->prefix);
  }
  front_ = static_cast<std::uint32_t>(tokens.size());
  if (layout_ != Layout::kPlain) {
    tokens.push_back(markers_->suffix);
    tokens.push_back(markers_->middle);
  }
  prompt_->replace(0, 0, tokens);
}

std::uint32_t Session::prefix_first() const {
  return document_first() + (layout_ == Layout::kSuffixPrefixMiddle ? suffix_count_ + 2 : 0);
}

std::uint32_t Session::suffix_first() const {
  return document_first() + (has_suffix_last(layout_) ? prefix_count_ : 0) + 1;
}

void Session::open(std::string_view text, Gap gap) {
  take_whole(text, gap);
  apply_reuse();
}

void Session::take_whole(std::string_view text, Gap gap) {
  const Replacement whole{0, text_->document_size(), 0, text.size()};
  follow(text, std::span(&whole, 1), gap);
  is_opening_ = true;
}

void Session::update(std::string_view text, std::span<const Replacement> replacements, Gap gap) {
  follow(text, replacements, gap);
  Stopwatch watch;
  const double edit_before = timing_.edit_ms;
  apply_reuse();
  watch.lap(timing_.edit_ms);
  splice_us_ += (timing_.edit_ms - edit_before) * 1000;
}

void Session::follow(std::string_view text, std::span<const Replacement> replacements, Gap gap) {
  Stopwatch watch;
  const double edit_before = timing_.edit_ms;
  const std::uint32_t size_before = prompt_->size();
  first_change_ = prompt_->size();
  gap_has_moved_ = false;
  is_opening_ = false;
  text_->update(text, replacements, gap, [this](TextAroundCursor::Side side, const TokenChange& c) {
    Stopwatch splicing;
    take(side, c);
    splicing.lap(timing_.edit_ms);
  });
  watch.lap(timing_.tokenize_ms);
  timing_.tokenize_ms -= timing_.edit_ms - edit_before;

  prompt_->finish_update();
  outdate_behind_change();
  // What was generated and accepted is there already, where it follows the same tokens.
  if (!has_suffix_last(layout_) && first_change_ == size_before) prompt_->adopt(size_before);
  drop_generated();
  watch.lap(timing_.edit_ms);
  splice_us_ = (timing_.edit_ms - edit_before) * 1000;
}

void Session::take(TextAroundCursor::Side side, const TokenChange& change) {
  const bool is_before = side == TextAroundCursor::Side::kBefore;
  const TokenizedText& text = is_before ? text_->before() : text_->behind();
  const std::uint32_t index = index_of(side, change.first);
  const auto removed = static_cast<std::uint32_t>(change.removed);
  (is_before ? prefix_count_ : suffix_count_) +=
      static_cast<std::uint32_t>(change.inserted) - removed;
  splice(index, removed, text.tokens().subspan(change.first, change.inserted));
  if (is_before) {
    has_plain_logits_ = false;
    outdate_rest_of_line(index + static_cast<std::uint32_t>(change.inserted));
  } else if (change.first == 0) {
    gap_has_moved_ = true;
  }
}

void Session::splice(std::uint32_t first, std::uint32_t removed,
                     std::span<const TokenId> inserted) {
  prompt_->replace(first, removed, inserted);
  first_change_ = std::min(first_change_, first);
  outdate_markers(first);
}

bool Session::is_before_gap(std::uint32_t index) const {
  return index >= prefix_first() && index < prefix_first() + prefix_count_;
}

bool Session::is_behind_gap(std::uint32_t index) const {
  return layout_ != Layout::kPlain && index >= suffix_first() &&
         index < suffix_first() + suffix_count_;
}

std::uint32_t Session::index_of(TextAroundCursor::Side side, std::size_t token) const {
  return (side == TextAroundCursor::Side::kBefore ? prefix_first() : suffix_first()) +
         static_cast<std::uint32_t>(token);
}

void Session::drop_generated() {
  const std::uint32_t held = prompt_->held();
  sequence_->erase(held, sequence_->length() - held);
  sequence_->drop_side();
}

void Session::apply_reuse() {
  if (options_.reuse == Reuse::kRotated) {
    sequence_->rerotate(*storage_, 0, sequence_->length());
  } else if (!keeps_stale(options_.reuse)) {
    const std::uint32_t kept = options_.reuse == Reuse::kNothing ? 0 : first_change_;
    prompt_->forget(kept);
    if (kept < prompt_->size()) has_prompt_logits_ = false;
    if (kept <= prefix_last()) has_plain_logits_ = false;
  }
}

bool Session::is_complete() const { return prompt_->missing() == 0 && is_ready(); }

bool Session::is_ready() const {
  return has_logits() && missing_of_document() == 0 && needed().empty() && !is_opening();
}

bool Session::is_exact() const { return has_logits() && prompt_->exact_until() == prompt_->size(); }

std::size_t Session::growth_bytes(std::uint32_t refresh_rows) const {
  std::size_t slots = needed().size() + options_.reserved_tokens + refresh_rows;
  if (blends()) slots += options_.reserved_tokens + KvSequence::kSideDistance;
  const std::uint32_t untouched = pool_->slot_count() - pool_->untouched_from();
  return std::min<std::size_t>(slots, untouched) * storage_->slot_bytes();
}

std::uint32_t Session::missing_of_document() const {
  std::uint32_t missing = prompt_->missing();
  for (std::uint32_t index = front_; index < document_first(); ++index) {
    if (!prompt_->holds(index)) --missing;
  }
  return missing;
}

std::vector<std::uint32_t> Session::needed(std::uint32_t budget) const {
  const bool keeps = keeps_stale(options_.reuse);
  const bool all = !keeps || missing_of_document() <= kFewTokens;
  const auto is_near = [&](std::uint32_t index) {
    if (is_before_gap(index)) {
      const std::uint32_t token = index - prefix_first();
      return token < kNeededFirst || token + kNeededBefore >= prefix_count_;
    }
    return !is_behind_gap(index) || index < suffix_first() + kNeededBehind;
  };
  std::vector<std::uint32_t> indices = repairs(budget);
  for (std::uint32_t index = 0; index < prompt_->size(); ++index) {
    if (prompt_->holds(index)) continue;
    if (is_preamble(index) ? !keeps : all || is_near(index)) indices.push_back(index);
  }
  std::sort(indices.begin(), indices.end());
  const auto add = [&](std::uint32_t index) {
    const auto place = std::lower_bound(indices.begin(), indices.end(), index);
    if (place == indices.end() || *place != index) indices.insert(place, index);
  };
  if (!has_logits()) add(last());
  if (blends() && !has_plain_logits_) add(prefix_last());
  return indices;
}

Result<PassOutcome> Session::encode(std::uint32_t rows, const std::stop_token& stop) {
  return compute(needed(), rows, stop);
}

Result<PassOutcome> Session::encode_changes(std::uint32_t rows, const std::stop_token& stop) {
  auto outcome = compute(needed(0), rows, stop);
  // The markers have not seen what is still to be repaired.
  const std::vector<std::uint32_t> left = repairs(repair_left_);
  if (!left.empty()) outdate_markers(*std::min_element(left.begin(), left.end()));
  return outcome;
}

Result<PassOutcome> Session::encode_some(std::uint32_t rows, const std::stop_token& stop) {
  rows = std::clamp(rows, 1U, options_.prefill_rows);
  const auto is_missing = [this](std::uint32_t index) { return !prompt_->holds(index); };
  std::vector<std::uint32_t> indices = needed();
  // Markers come last: each pass before them would outdate them again.
  if (std::none_of(indices.begin(), indices.end(), is_missing)) {
    // From left to right, so that nothing is computed from what did not see all before it.
    if (is_opening_) return refresh_some(rows, stop);
    const bool is_preambles_turn = missing_of_document() == 0 && indices.empty();
    if (missing_of_document() > 0 || is_preambles_turn) {
      indices.clear();
      for (std::uint32_t index = 0; index < prompt_->size(); ++index) {
        if (is_missing(index) && is_preamble(index) == is_preambles_turn) indices.push_back(index);
      }
    }
  }
  indices.resize(std::min<std::size_t>(indices.size(), rows));
  return compute(indices, rows, stop);
}

Result<PassOutcome> Session::refresh_some(std::uint32_t rows, const std::stop_token& stop) {
  if (is_exact()) return PassOutcome::kFinished;
  rows = std::clamp(rows, 1U, options_.prefill_rows);
  const std::uint32_t first = std::min(prompt_->exact_until(), last());
  std::vector<std::uint32_t> indices(std::min(rows, prompt_->size() - first));
  std::iota(indices.begin(), indices.end(), first);
  if (blends() && !has_plain_logits_ && prefix_last() < first) {
    indices.insert(indices.begin(), prefix_last());
    indices.resize(std::min<std::size_t>(indices.size(), rows));
  }
  return compute(indices, rows, stop);
}

Result<PassOutcome> Session::recompute(const std::stop_token& stop) {
  drop_generated();
  prompt_->forget(0);
  has_prompt_logits_ = false;
  has_plain_logits_ = false;
  std::vector<std::uint32_t> all(prompt_->size());
  std::iota(all.begin(), all.end(), 0U);
  return compute(all, options_.prefill_rows, stop);
}

Result<PassOutcome> Session::compute(std::span<const std::uint32_t> indices, std::uint32_t rows,
                                     const std::stop_token& stop) {
  Stopwatch watch;
  rows = std::clamp(rows, 1U, options_.prefill_rows);
  if (!is_fork_ && sequence_->pieces().size() > fewest_pieces_ + kMostPieces) lay_out();
  while (!indices.empty()) {
    const auto chunk = indices.first(std::min<std::size_t>(rows, indices.size()));
    indices = indices.subspan(chunk.size());
    drop_generated();
    prompt_->make_room(static_cast<std::uint32_t>(chunk.size()));
    const RepairCounts repaired = stale_among(chunk);
    auto pass = sequence_->plan(prompt_->plan(chunk, view_ends()));
    if (!pass) return tl::unexpected(pass.error());
    const auto outcome = run(*pass, Wanted::kLogits, {}, stop);
    double pass_ms = 0;
    watch.lap(pass_ms);
    timing_.prefill_ms += pass_ms;
    if (!outcome || *outcome == PassOutcome::kCancelled) return outcome;
    encoding_ms_ += pass_ms;
    sequence_->commit(std::move(*pass));
    prompt_->take_computed(chunk, suffix_first(), suffix_first() + suffix_count_);
    if (chunk.back() != last() && indices.empty()) outdate_markers(chunk.front());
    take_logits(chunk);
    take_repaired(repaired);
    tokens_.encoded += static_cast<std::uint32_t>(chunk.size());
    encoded_tokens_ += static_cast<std::uint32_t>(chunk.size());
  }
  // What a pass inserts moves what stands behind it.
  if (options_.reuse == Reuse::kRotated) sequence_->rerotate(*storage_, 0, sequence_->length());
  return PassOutcome::kFinished;
}

std::vector<std::uint32_t> Session::view_ends() const {
  return blends() ? std::vector{prefix_last(), last()} : std::vector{last()};
}

void Session::take_logits(std::span<const std::uint32_t> computed) {
  std::size_t row = 0;
  const auto take = [&](std::uint32_t end, std::vector<float>& taken, bool& is_current) {
    if (!std::binary_search(computed.begin(), computed.end(), end)) return;
    const std::span<const float> asked = logits().row(row++);
    taken.assign(asked.begin(), asked.end());
    is_current = true;
  };
  if (!blends()) return take(last(), prompt_logits_, has_prompt_logits_);
  take(prefix_last(), plain_logits_, has_plain_logits_);
  take(last(), middle_logits_, has_prompt_logits_);
  if (row == 0 || !has_logits()) return;
  prompt_logits_ = middle_logits_;
  blend(prompt_logits_, plain_logits_, options_.blend_weight);
}

Result<Pass> Session::plan(std::span<const DraftToken> draft) const {
  if (!blends()) return sequence_->plan({}, draft);
  return sequence_->plan({}, draft, {prompt_->sequence_index(prefix_last() + 1), draft});
}

void Session::blend_views() {
  if (!blends()) return;
  const std::size_t count = logits().row_count() / view_count();
  for (std::size_t row = 0; row < count; ++row) {
    blend(logits().row(row), logits().row(count + row), options_.blend_weight);
  }
}

void Session::lay_out() {
  sequence_->compact(*storage_);
  fewest_pieces_ = sequence_->pieces().size();
}

Result<Completion> Session::complete(const CompletionOptions& options, std::stop_token stop) {
  Stopwatch total;
  Completion completion;
  auto outcome = encode(options_.prefill_rows, stop);
  if (!outcome) return tl::unexpected(outcome.error());
  completion.timing = timing_;
  completion.tokens = tokens_;
  completion.tokens.prompt = prompt_->held();
  completion.tokens.reused =
      completion.tokens.prompt - std::min(completion.tokens.prompt, completion.tokens.encoded);
  if (*outcome == PassOutcome::kCancelled) {
    completion.finish_reason = FinishReason::kCancelled;
    total.lap(completion.timing.total_ms);
    return completion;
  }

  drop_generated();
  Stopwatch watch;
  auto reason = generate(options, completion, stop);
  if (!reason) return tl::unexpected(reason.error());
  completion.finish_reason = *reason;
  completion.tokens.passes = tokens_.passes;
  watch.lap(completion.timing.decode_ms);
  total.lap(completion.timing.total_ms);
  if (*reason != FinishReason::kCancelled) {
    timing_ = {};
    tokens_ = {};
  }
  return completion;
}

Result<std::vector<std::vector<float>>> Session::score(std::span<const TokenId> continuation) {
  if (auto outcome = encode(options_.prefill_rows); !outcome)
    return tl::unexpected(outcome.error());
  std::vector<std::vector<float>> scores;
  if (continuation.empty()) return scores;
  scores.emplace_back(prompt_logits().begin(), prompt_logits().end());
  if (continuation.size() == 1) return scores;
  if (continuation.size() > options_.context_length - prompt_->held()) {
    return failure("The continuation is longer than what the context has left.");
  }

  // A draft of one branch: a pass that is not committed leaves no trace.
  std::vector<DraftToken> draft;
  for (const TokenId token : continuation.first(continuation.size() - 1)) {
    const auto row = static_cast<std::uint32_t>(draft.size());
    draft.push_back({token, row == 0 ? std::nullopt : std::optional(row - 1)});
  }
  drop_generated();
  prompt_->make_room(static_cast<std::uint32_t>(draft.size()) * view_count());
  const auto pass = plan(draft);
  if (!pass) return tl::unexpected(pass.error());
  const auto outcome = checked(backend_->forward(*storage_, pass->batch(), logits(), {}));
  if (!outcome) return tl::unexpected(outcome.error());
  blend_views();
  for (std::size_t row = 0; row < draft.size(); ++row) {
    const std::span<const float> of_row = logits().row(row);
    scores.emplace_back(of_row.begin(), of_row.end());
  }
  return scores;
}

Result<FinishReason> Session::generate(const CompletionOptions& options, Completion& completion,
                                       const std::stop_token& stop) {
  if (options.max_tokens == 0) return FinishReason::kTokenLimit;
  Generation generation(backend_->model().tokenizer(), text_->healed() + options.typed,
                        text_->before().tokens(), options, completion);
  Choice next = generation.choose(prompt_logits_, sequence_->length());
  while (true) {
    if (const auto reason = generation.take(next)) return *reason;
    const std::uint32_t most_rows = room();
    if (most_rows == 0) return FinishReason::kContextFull;
    // What must come needs no guess, and teaches none.
    const std::span<const TokenId> forced = generation.forced();
    const bool guesses = forced.empty();
    if (guesses) {
      draft(next.token, options.drafter, generation.context(), most_rows);
    } else {
      draft(next.token, forced, most_rows);
    }
    auto pass = plan(draft_);
    if (!pass) return tl::unexpected(pass.error());
    // As long as the next token must spell something, few are allowed, and of two views' logits
    // none is chosen before they are blended.
    const Wanted wanted = generation.is_free() && !blends() ? Wanted::kTokens : Wanted::kLogits;
    Stopwatch watch;
    const auto done = run(*pass, wanted, options.sampling, stop);
    if (!done) return tl::unexpected(done.error());
    if (*done == PassOutcome::kCancelled) return FinishReason::kCancelled;
    if (wanted == Wanted::kLogits) blend_views();

    // As far as the draft says what the model says itself, the pass has what follows, too.
    std::vector<std::uint32_t> followed = {0};
    std::optional<FinishReason> reason;
    while (!reason) {
      const std::uint32_t row = followed.back();
      const auto position = static_cast<Position>(sequence_->length() + followed.size());
      next = wanted == Wanted::kTokens
                 ? Choice{chosen_[row].token, {.log_probability = chosen_[row].log_probability}}
                 : generation.choose(logits().row(row), position);
      const auto child = child_of(draft_, row, next.token);
      if (!child) break;
      followed.push_back(*child);
      reason = generation.take(next);
    }
    DraftOutcome outcome{followed, reason.has_value()};
    watch.lap(outcome.milliseconds);
    if (guesses) {
      if (options.drafter != nullptr) options.drafter->learn(outcome);
      if (options.tells_drafts) {
        completion.drafts.push_back({draft_, followed, outcome.milliseconds});
      }
      completion.tokens.drafted += static_cast<std::uint32_t>(draft_.size() - 1);
      completion.tokens.accepted += static_cast<std::uint32_t>(followed.size() - 1);
    }
    // What ends a completion is no part of it.
    const auto taken = std::span(followed).first(followed.size() - (reason ? 1 : 0));
    sequence_->commit(std::move(*pass), taken, blends() ? taken : std::span<const std::uint32_t>{});
    if (reason) return *reason;
  }
}

std::uint32_t Session::room() {
  prompt_->make_room(view_count());
  return std::min(options_.context_length - sequence_->length(),
                  pool_->free_count() / view_count());
}

void Session::draft(TokenId known, Drafter* drafter, std::span<const TokenId> context,
                    std::uint32_t most_tokens) {
  draft_.assign(1, {known, std::nullopt});
  if (drafter != nullptr) drafter->draft(context, most_tokens, draft_);
  assert(draft_.size() <= most_tokens);
}

void Session::draft(TokenId known, std::span<const TokenId> forced, std::uint32_t most_tokens) {
  draft_.assign(1, {known, std::nullopt});
  for (const TokenId token : forced.first(std::min<std::size_t>(forced.size(), most_tokens - 1))) {
    draft_.push_back({token, static_cast<std::uint32_t>(draft_.size() - 1)});
  }
}

Result<PassOutcome> Session::run(const Pass& pass, Wanted wanted, const Sampling& sampling,
                                 const std::stop_token& stop) {
  ++tokens_.passes;
  return checked(wanted == Wanted::kLogits
                     ? backend_->forward(*storage_, pass.batch(), logits(), stop)
                     : backend_->next_tokens(*storage_, pass.batch(), sampling, chosen_, stop));
}

Result<PassOutcome> Session::checked(PassOutcome outcome) const {
  const Error* const failure = backend_->broken_by();
  if (outcome == PassOutcome::kCancelled && failure) return tl::unexpected(*failure);
  return outcome;
}

}  // namespace nextline
