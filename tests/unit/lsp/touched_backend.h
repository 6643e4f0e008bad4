#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "tests/support/forwarding_backend.h"

namespace nextline::lsp::test {

/// A backend that counts how often a storage of its is told that it is about to be used.
class TouchedBackend : public nextline::test::ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;

  /// By storage, in the order in which they were made.
  const std::vector<std::uint32_t>& touches() const { return touches_; }

  Result<std::unique_ptr<KvStorage>> create_storage(std::uint32_t slot_count,
                                                    std::optional<KvType> kv_type) override {
    auto storage = ForwardingBackend::create_storage(slot_count, kv_type);
    if (!storage) return storage;
    touches_.push_back(0);
    return std::make_unique<Storage>(std::move(*storage), touches_, touches_.size() - 1);
  }
  PassOutcome forward(KvStorage& storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    return ForwardingBackend::forward(*static_cast<Storage&>(storage).storage, batch, logits, stop);
  }

 private:
  struct Storage final : KvStorage {
    Storage(std::unique_ptr<KvStorage> of, std::vector<std::uint32_t>& all, std::size_t number)
        : storage(std::move(of)), touches(all), index(number) {}

    std::uint32_t slot_count() const override { return storage->slot_count(); }
    std::size_t slot_bytes() const override { return storage->slot_bytes(); }
    KvType kv_type() const override { return storage->kv_type(); }
    void read(Slot slot, std::uint32_t layer, std::span<float> key,
              std::span<float> value) const override {
      storage->read(slot, layer, key, value);
    }
    void move(std::span<const SlotMove> moves) override { storage->move(moves); }
    void save(std::span<const Slot> slots, std::span<std::byte> bytes) const override {
      storage->save(slots, bytes);
    }
    void load(std::span<const Slot> slots, std::span<const std::byte> bytes) override {
      storage->load(slots, bytes);
    }
    void bring_back() override { ++touches[index]; }

    std::unique_ptr<KvStorage> storage;
    std::vector<std::uint32_t>& touches;
    std::size_t index;
  };

  std::vector<std::uint32_t> touches_;
};

}  // namespace nextline::lsp::test
