#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/backend/log_softmax.h"
#include "engine/backend/sampling.h"
#include "engine/tokenizer/token.h"
#include "engine/tokenizer/tokenizer.h"

namespace nextline {

/// The bytes that generated text must begin with: what `heal_point` cut off the prompt.
///
/// While bytes remain, a token is allowed if it spells some of them, all of them, or all of them
/// and more. Control tokens are not allowed, as they spell nothing. Once nothing remains, any token
/// is.
///
/// There is always an allowed token. Where the vocabulary cannot spell a byte, the byte that the
/// tokeniser puts in its place stands here too: the model continues what it would have read in the
/// prompt, and as one byte stands for one, what goes beyond the constraint is right.
///
/// One thread at a time; the tokeniser must outlive it.
class Continuation {
 public:
  Continuation(const Tokenizer& tokenizer, std::string bytes);

  /// Whether nothing remains.
  bool satisfied() const { return remaining().empty(); }
  /// What is still to be spelled.
  std::string_view remaining() const { return std::string_view(bytes_).substr(spelled_); }

  bool allows(TokenId token) const;

  /// What `choose` (engine/backend/sampling.h) takes where the allowed tokens are all there are.
  /// `logits` has one for each token of the vocabulary. While bytes remain, time goes with the
  /// number of tokens that begin with them, not with the vocabulary, unless a token is drawn.
  TokenId choose(std::span<const float> logits, const Sampling& sampling, Position position) const;
  TokenId most_likely(std::span<const float> logits) const { return choose(logits, {}, 0); }
  /// So many of the tokens that lead beyond what remains and have a probability, those with the
  /// highest logits, the highest first; of equals, the one with the lowest id. Others are allowed,
  /// but only spell the same bytes otherwise.
  std::vector<TokenId> likeliest(std::span<const float> logits, std::size_t count) const;
  /// The logarithm of the probability that the allowed tokens have together.
  float log_allowed(std::span<const float> logits, const LogSoftmax& probabilities) const;

  /// Takes a token that is allowed. What it spells beyond the constraint is returned: text that is
  /// new to the user. The view lasts as long as the tokeniser.
  std::string_view advance(TokenId token);

 private:
  /// Calls `take(token)` for each allowed token while bytes remain.
  template <typename Take>
  void for_each_allowed(const Take& take) const;

  const Tokenizer* tokenizer_;
  std::string bytes_;
  std::size_t spelled_ = 0;  // How many of the bytes.
};

}  // namespace nextline
