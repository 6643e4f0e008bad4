#include "engine/session/continuation.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>
#include <vector>

namespace nextline {
namespace {

/// `bytes` as the tokens for its single bytes spell them.
std::string as_spelled(const Tokenizer& tokenizer, std::string bytes) {
  if (tokenizer.spells_every_byte()) return bytes;
  for (char& byte : bytes) byte = tokenizer.decode(tokenizer.encode({&byte, 1})).front();
  return bytes;
}

/// The better of the tokens seen so far: the higher logit, of equals the lower id.
class Best {
 public:
  explicit Best(std::span<const float> logits) : logits_(logits) {}

  void consider(TokenId token) {
    if (token_ < 0 || logits_[token] > logits_[token_] ||
        (logits_[token] == logits_[token_] && token < token_)) {
      token_ = token;
    }
  }

  TokenId token() const { return token_; }

 private:
  std::span<const float> logits_;
  TokenId token_ = -1;
};

/// The best few of the tokens seen so far, in the same order. Those without a probability are not
/// among them.
class BestFew {
 public:
  BestFew(std::span<const float> logits, std::size_t count) : logits_(logits), count_(count) {}

  void consider(TokenId token) {
    const bool is_full = tokens_.size() == count_;
    if (!(logit(token) > -std::numeric_limits<float>::infinity())) return;
    if (is_full && (count_ == 0 || !is_better(token, tokens_.back()))) return;
    if (is_full) tokens_.pop_back();
    const auto place =
        std::ranges::find_if(tokens_, [&](TokenId t) { return is_better(token, t); });
    tokens_.insert(place, token);
  }

  std::vector<TokenId> tokens() && { return std::move(tokens_); }

 private:
  float logit(TokenId token) const { return logits_[static_cast<std::size_t>(token)]; }
  bool is_better(TokenId token, TokenId than) const {
    return logit(token) > logit(than) || (logit(token) == logit(than) && token < than);
  }

  std::span<const float> logits_;
  std::size_t count_;
  std::vector<TokenId> tokens_;
};

}  // namespace

Continuation::Continuation(const Tokenizer& tokenizer, std::string bytes)
    : tokenizer_(&tokenizer), bytes_(as_spelled(tokenizer, std::move(bytes))) {}

bool Continuation::allows(TokenId token) const {
  if (satisfied()) return true;
  const std::string_view bytes = tokenizer_->bytes_of(token);
  return !bytes.empty() && (bytes.starts_with(remaining()) || remaining().starts_with(bytes));
}

template <typename Take>
void Continuation::for_each_allowed(const Take& take) const {
  const std::string_view bytes = remaining();
  // Tokens that spell the first 1, 2, … of the bytes and no more stand first among those that begin
  // with them. No longer token begins with what no token begins with.
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    const auto tokens = tokenizer_->tokens_beginning_with(bytes.substr(0, length));
    if (tokens.empty()) break;
    for (const TokenId token : tokens) {
      if (tokenizer_->bytes_of(token).size() > length) break;
      take(token);
    }
  }
  for (const TokenId token : tokenizer_->tokens_beginning_with(bytes)) take(token);
}

TokenId Continuation::choose(std::span<const float> logits, const Sampling& sampling,
                             Position position) const {
  if (satisfied()) return nextline::choose(logits, sampling, position);
  Best best(logits);
  for_each_allowed([&](TokenId token) { best.consider(token); });
  assert(best.token() >= 0 && "each byte that is left has a token");
  if (sampling.temperature == 0.0F) return best.token();
  std::vector<float> allowed(logits.size(), -std::numeric_limits<float>::infinity());
  for_each_allowed([&](TokenId token) {
    allowed[static_cast<std::size_t>(token)] = logits[static_cast<std::size_t>(token)];
  });
  const TokenId drawn = nextline::choose(allowed, sampling, position);
  return allows(drawn) ? drawn : best.token();  // Not, if no allowed token has a finite logit.
}

std::vector<TokenId> Continuation::likeliest(std::span<const float> logits,
                                             std::size_t count) const {
  BestFew best(logits, count);
  if (satisfied()) {
    for (std::size_t token = 0; token < logits.size(); ++token) {
      best.consider(static_cast<TokenId>(token));
    }
  } else {
    for (const TokenId token : tokenizer_->tokens_beginning_with(remaining())) {
      if (tokenizer_->bytes_of(token).size() > remaining().size()) best.consider(token);
    }
  }
  return std::move(best).tokens();
}

float Continuation::log_allowed(std::span<const float> logits,
                                const LogSoftmax& probabilities) const {
  if (satisfied()) return 0.0F;
  std::vector<float> allowed;
  for_each_allowed(
      [&](TokenId token) { allowed.push_back(logits[static_cast<std::size_t>(token)]); });
  return probabilities.of_any(allowed);
}

std::string_view Continuation::advance(TokenId token) {
  assert(allows(token));
  std::string_view bytes = tokenizer_->bytes_of(token);
  const std::size_t spelled = std::min(bytes.size(), remaining().size());
  spelled_ += spelled;
  bytes.remove_prefix(spelled);
  return bytes;
}

}  // namespace nextline
