#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "tests/support/forwarding_backend.h"

namespace nextline::lsp::test {

/// A backend whose passes wait at a gate, so that a test can do something while one is under way.
/// The gate is open at first. A pass that is stopped at the gate is cancelled, as between layers.
class GatedBackend : public nextline::test::ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;

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
  /// The same for the rows of passes that were to take so many threads at most (0: all).
  void wait_for_rows(std::uint32_t threads, std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return rows_[threads] >= count; });
  }
  std::size_t rows(std::uint32_t threads) {
    const std::lock_guard lock(mutex_);
    return rows_[threads];
  }
  /// The storages of these passes, one a session, in their order.
  std::vector<const KvStorage*> storages() {
    const std::lock_guard lock(mutex_);
    return storages_;
  }
  /// Passes that are to take so many threads at most wait, though the gate is open.
  void hold(std::uint32_t threads) {
    const std::lock_guard lock(mutex_);
    held_threads_ = threads;
  }
  /// Waits until such a pass waits.
  void wait_for_held_pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return holds_; });
  }

  PassOutcome forward(KvStorage& storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    {
      std::unique_lock lock(mutex_);
      ++passes_;
      storages_.push_back(&storage);
      rows_[threads_] += batch.rows.size();
      holds_ = held_threads_ == threads_;
      changed_.notify_all();
      changed_.wait(lock, stop, [this] { return open_ && !holds_; });
      holds_ = false;
      if (stop.stop_requested()) return PassOutcome::kCancelled;
    }
    return ForwardingBackend::forward(storage, batch, logits, stop);
  }

  void use_threads(std::uint32_t at_most) override {
    threads_ = at_most;
    ForwardingBackend::use_threads(at_most);
  }

 private:
  void set_open(bool open) {
    {
      const std::lock_guard lock(mutex_);
      open_ = open;
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool open_ = true;
  std::optional<std::uint32_t> held_threads_;
  bool holds_ = false;  // A pass of that kind.
  std::uint32_t passes_ = 0;
  std::vector<const KvStorage*> storages_;
  std::map<std::uint32_t, std::size_t> rows_;  // That came to the gate, by threads.
  std::uint32_t threads_ = 0;                  // The model's thread's.
};

}  // namespace nextline::lsp::test
