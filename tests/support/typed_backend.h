#pragma once

#include <memory>
#include <utility>

#include "tests/support/forwarding_backend.h"

namespace nextline::test {

/// A backend whose storages are of a type that it would not have chosen.
class TypedBackend final : public ForwardingBackend {
 public:
  TypedBackend(std::unique_ptr<Backend> backend, KvType kv_type)
      : ForwardingBackend(*backend), backend_(std::move(backend)), kv_type_(kv_type) {}

  Result<std::unique_ptr<KvStorage>> create_storage(std::uint32_t slot_count,
                                                    std::optional<KvType> kv_type) override {
    return ForwardingBackend::create_storage(slot_count, kv_type.value_or(kv_type_));
  }
  PassOutcome next_tokens(KvStorage& storage, const Batch& batch, const Sampling& sampling,
                          std::vector<ChosenToken>& chosen, std::stop_token stop) override {
    return backend_->next_tokens(storage, batch, sampling, chosen, stop);
  }

 private:
  std::unique_ptr<Backend> backend_;
  KvType kv_type_;
};

}  // namespace nextline::test
