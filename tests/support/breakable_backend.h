#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <stop_token>

#include "tests/support/forwarding_backend.h"

namespace nextline::test {

/// A backend whose device fails when a test wants it to, as one does for good: from then on every
/// pass is cancelled.
class BreakableBackend : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;

  static constexpr const char* kFailure = "The test's device has failed.";

  /// Computes so many passes more. Any thread.
  void break_after(std::int64_t passes) { sound_passes_ = passes; }

  PassOutcome forward(KvStorage& storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    if (sound_passes_-- <= 0) failure_ = Error{kFailure, "at a pass"};
    if (!failure_) return ForwardingBackend::forward(storage, batch, logits, stop);
    logits.resize(0, model().hyperparameters().vocabulary_size);
    return PassOutcome::kCancelled;
  }

  const Error* broken_by() const override { return failure_ ? &*failure_ : nullptr; }

 private:
  std::atomic<std::int64_t> sound_passes_ = std::numeric_limits<std::int64_t>::max();
  std::optional<Error> failure_;  // The model's thread's.
};

}  // namespace nextline::test
