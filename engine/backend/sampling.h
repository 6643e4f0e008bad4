#pragma once

#include <cstdint>
#include <span>

#include "engine/backend/batch.h"

namespace nextline {

/// How the next token is drawn from the distribution that a row's logits stand for.
struct Sampling {
  /// Logits are divided by it; 0 draws nothing and takes the most likely token. Not negative.
  float temperature = 0.0F;
  /// Of the most likely tokens, only so many are drawn from as have this probability together, and
  /// those that are as likely as the last of them (nucleus sampling: Holtzman et al., "The Curious
  /// Case of Neural Text Degeneration"). In (0, 1].
  float top_p = 1.0F;
  std::uint64_t seed = 0;
  bool operator==(const Sampling&) const = default;
};

/// A token that was chosen, and how likely it was.
struct ChosenToken {
  TokenId token;
  float log_probability;  ///< Among all tokens, whatever the sampling; see `LogSoftmax`.
  bool operator==(const ChosenToken&) const = default;
};

/// The token that is to stand at `position`. The most likely one is that with the highest logit, of
/// equals the one with the lowest id; what is not a number is never chosen, unless all are such.
///
/// What is drawn follows from the logits, the sampling and the position alone: the random number is
/// that of the position, however many tokens were drawn before, so a draft can be verified in one
/// pass. All of it is integer arithmetic once a logit's distance from the highest is known
/// (sampling_arithmetic.h), and every device draws the same token from the same logits.
TokenId choose(std::span<const float> logits, const Sampling& sampling, Position position);

}  // namespace nextline
