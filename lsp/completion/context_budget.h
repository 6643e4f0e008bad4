#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/session/session.h"

namespace nextline::lsp {

/// What a model is shown of other files.
struct ContextOptions {
  bool enabled = true;
  /// Tokens of it at most; 0: as many as the machine computes in about two seconds.
  std::uint32_t most_tokens = 0;
  bool operator==(const ContextOptions&) const = default;
};

/// How many tokens of other files a machine can afford to stand in front of a document: a power of
/// two, and a quarter of the context at most. As it decides what is shown, it is found once, from
/// the first passes that nobody waited for, and then stays.
///
/// Belongs to the model's thread.
class ContextBudget {
 public:
  static constexpr std::uint32_t kFewest = 256;
  static constexpr std::uint32_t kMost = 2048;

  ContextBudget(const ContextOptions& options, std::uint32_t context_length);

  /// A pass has computed so many tokens.
  void learn(std::uint32_t tokens, double milliseconds);

  /// Nothing as long as it is not known.
  std::optional<std::uint32_t> tokens() const { return tokens_; }
  /// What does as long as it is not: computing that will tell.
  std::uint32_t tokens_for_now() const { return tokens_.value_or(std::min(kFewest, limit_)); }
  /// What it is, or can still become.
  std::uint32_t most_tokens() const { return tokens_.value_or(limit_); }

 private:
  std::uint32_t limit_;
  std::optional<std::uint32_t> tokens_;
  std::vector<double> rates_;  // Of the first passes, in tokens per millisecond.
};

/// Measures a pass of a session for a budget, if there is one, from here to the end of the block.
class MeasuredPass {
 public:
  MeasuredPass(ContextBudget* budget, const Session& session)
      : budget_(budget), session_(session), encoded_before_(session.encoded_tokens()) {}
  ~MeasuredPass() {
    const std::chrono::duration<double, std::milli> took = Clock::now() - begin_;
    if (budget_) budget_->learn(session_.encoded_tokens() - encoded_before_, took.count());
  }
  MeasuredPass(const MeasuredPass&) = delete;
  MeasuredPass& operator=(const MeasuredPass&) = delete;

 private:
  using Clock = std::chrono::steady_clock;

  ContextBudget* budget_;
  const Session& session_;
  std::uint32_t encoded_before_;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace nextline::lsp
