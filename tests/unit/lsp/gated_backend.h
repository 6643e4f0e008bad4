#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "engine/backend/backend.h"

namespace nextline::lsp::test {

/// A backend whose passes wait at a gate, so that a test can do something while one is under way.
/// The gate is open at first. A pass that is stopped at the gate is cancelled, as between layers.
class GatedBackend : public Backend {
 public:
  explicit GatedBackend(Backend& backend) : backend_(backend) {}

  // Any thread.
  void shut() { set_open(false); }
  void open() { set_open(true); }
  /// Waits until this many passes have come to the gate since the beginning.
  void wait_for_pass(std::uint32_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return passes_ >= count; });
  }
  std::uint32_t passes() {
    const std::lock_guard lock(mutex_);
    return passes_;
  }

  std::string description() const override { return backend_.description(); }
  const Model& model() const override { return backend_.model(); }
  std::uint32_t arithmetic_version() const override { return backend_.arithmetic_version(); }
  Result<std::unique_ptr<KvStorage>> create_storage(std::uint32_t slot_count) override {
    return backend_.create_storage(slot_count);
  }
  PassOutcome forward(KvStorage& storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    {
      std::unique_lock lock(mutex_);
      ++passes_;
      changed_.notify_all();
      changed_.wait(lock, stop, [this] { return open_; });
      if (stop.stop_requested()) return PassOutcome::kCancelled;
    }
    return backend_.forward(storage, batch, logits, stop);
  }

 private:
  void set_open(bool open) {
    {
      const std::lock_guard lock(mutex_);
      open_ = open;
    }
    changed_.notify_all();
  }

  Backend& backend_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool open_ = true;
  std::uint32_t passes_ = 0;
};

}  // namespace nextline::lsp::test
