#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/backend/backend.h"

namespace nextline::test {

/// A backend with a fault: it reads every key as if it had been computed where it stands, whatever
/// its anchor. A cache that was never edited gives the right logits, one that was does not.
class UnshiftingBackend : public Backend {
 public:
  explicit UnshiftingBackend(Backend& backend) : backend_(backend) {}

  std::string description() const override { return backend_.description(); }
  const Model& model() const override { return backend_.model(); }
  std::uint32_t arithmetic_version() const override { return backend_.arithmetic_version(); }
  Result<std::unique_ptr<KvStorage>> create_storage(std::uint32_t slot_count) override {
    return backend_.create_storage(slot_count);
  }
  PassOutcome forward(KvStorage& storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    Batch unshifted = batch;
    for (View& view : unshifted.views) {
      for (Run& run : view) run.first_anchor = run.first_position;
    }
    return backend_.forward(storage, unshifted, logits, stop);
  }

 private:
  Backend& backend_;
};

}  // namespace nextline::test
