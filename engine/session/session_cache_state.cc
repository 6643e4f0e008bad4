// What a session shows of its cache.

#include "engine/session/session.h"

namespace nextline {
namespace {

/// How far the tokens of a sequence have moved since they were computed, told one after the other.
class ShiftWalk {
 public:
  explicit ShiftWalk(std::span<const Piece> pieces) : pieces_(pieces) {}

  /// Of the next token; there must be one.
  std::int64_t next() {
    while (inside_ == pieces_.front().length) {
      pieces_ = pieces_.subspan(1);
      inside_ = 0;
    }
    const std::int64_t anchor = std::int64_t{pieces_.front().first_anchor} + inside_++;
    return position_++ - anchor;
  }

 private:
  std::span<const Piece> pieces_;  // From the present one on.
  std::uint32_t inside_ = 0;       // Tokens of that one that have been told.
  std::int64_t position_ = 0;
};

/// Adds a token to the last span, or begins one with it.
void append(std::vector<CacheSpan>& spans, CacheSpan token) {
  if (!spans.empty()) {
    token.tokens = spans.back().tokens;
    if (token == spans.back()) {
      ++spans.back().tokens;
      return;
    }
  }
  token.tokens = 1;
  spans.push_back(token);
}

}  // namespace

PromptPart Session::part_of(std::uint32_t index) const {
  if (index == 0) return PromptPart::kSink;
  if (is_preamble(index)) return PromptPart::kPreamble;
  if (is_before_gap(index)) return PromptPart::kBefore;
  return is_behind_gap(index) ? PromptPart::kBehind : PromptPart::kMarker;
}

CacheState Session::cache_state(std::uint32_t since) const {
  CacheState state{.spans = {},
                   .pieces = static_cast<std::uint32_t>(sequence_->pieces().size()),
                   .encoded = encoded_tokens_,
                   .encoding_ms = encoding_ms_,
                   .splice_us = splice_us_,
                   .slots = pool_->slot_count(),
                   .slots_in_use = slots_in_use(),
                   .bytes = cache_bytes()};
  ShiftWalk shifts(sequence_->pieces());
  const std::uint32_t exact_until = prompt_->exact_until();
  for (std::uint32_t index = 0; index < prompt_->size(); ++index) {
    CacheSpan token{.part = part_of(index)};
    if (prompt_->holds(index)) {
      token.state = index < exact_until ? TokenState::kExact : TokenState::kOutdated;
      token.shift = shifts.next();
      token.is_new = prompt_->computed_as(index) > since;
    }
    append(state.spans, token);
  }
  return state;
}

}  // namespace nextline
