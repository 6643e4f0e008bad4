#pragma once

#include <span>

namespace nextline {

/// The highest of them that is a number; −∞ if there is none.
float highest_of(std::span<const float> logits);

/// How likely each token is by a row of logits: the softmax at temperature 1 over the whole
/// vocabulary, in natural logarithms. What is not a number, or infinitely low, has no probability,
/// and −∞ for its logarithm; nothing that comes out is not a number.
///
/// The arithmetic (softmax_arithmetic.h) is the same on every processor and device. What comes out
/// is within 1e-5 of the exact value, or ten millionths of it.
class LogSoftmax {
 public:
  explicit LogSoftmax(std::span<const float> logits);
  /// Of logits of which a device has found the highest and the sum of exp(logit − highest).
  LogSoftmax(float highest, float sum);

  /// Of a token that has this logit.
  float of(float logit) const;
  /// Of all the tokens together that have these logits.
  float of_any(std::span<const float> logits) const;

 private:
  float highest_;
  float log_sum_;
};

}  // namespace nextline
