#pragma once

#include <stop_token>

#include "tests/support/forwarding_backend.h"

namespace nextline::test {

/// A backend with a fault: it reads every key as if it had been computed where it stands, whatever
/// its anchor. A cache that was never edited gives the right logits, one that was does not.
class UnshiftingBackend : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;

  PassOutcome forward(KvStorage& storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    Batch unshifted = batch;
    for (View& view : unshifted.views) {
      for (Run& run : view) run.first_anchor = run.first_position;
    }
    return ForwardingBackend::forward(storage, unshifted, logits, stop);
  }
};

}  // namespace nextline::test
