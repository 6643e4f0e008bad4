#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/backend/backend.h"

namespace nextline::test {

/// A backend that has another one do everything: for those that change one thing about it.
class ForwardingBackend : public Backend {
 public:
  explicit ForwardingBackend(Backend& backend) : backend_(backend) {}

  std::string description() const override { return backend_.description(); }
  const Model& model() const override { return backend_.model(); }
  std::uint32_t arithmetic_version() const override { return backend_.arithmetic_version(); }
  std::uint32_t prompt_rows() const override { return backend_.prompt_rows(); }
  Result<std::unique_ptr<KvStorage>> create_storage(std::uint32_t slot_count,
                                                    std::optional<KvType> kv_type) override {
    return backend_.create_storage(slot_count, kv_type);
  }
  PassOutcome forward(KvStorage& storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    return backend_.forward(storage, batch, logits, stop);
  }
  const Error* broken_by() const override { return backend_.broken_by(); }
  void use_threads(std::uint32_t at_most) override { backend_.use_threads(at_most); }

 private:
  Backend& backend_;
};

}  // namespace nextline::test
