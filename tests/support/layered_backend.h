#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <thread>

#include "tests/support/forwarding_backend.h"

namespace nextline::test {

/// A backend whose passes go through some layers, between which they can be stopped and others get
/// the processor; it counts what passes did for nothing. `outdate` says that what is being
/// generated is wanted no more.
class LayeredBackend : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  static constexpr int kLayers = 8;

  // Any thread.
  void outdate() { ++epoch_; }
  /// Passes over generated tokens wait in their middle, until they are stopped or let go.
  void hold_generation(bool holds) { holds_ = holds; }
  /// Rows of prompts, of passes that were finished.
  std::size_t prompt_rows_computed() const { return prompt_rows_; }
  /// Passes of both kinds that were stopped …
  std::uint32_t passes_stopped() const { return stopped_; }
  /// … and the layers that had been computed of them.
  std::uint32_t layers_in_vain() const { return layers_in_vain_; }
  /// The most layers that a pass over generated tokens has begun though it was outdated.
  int most_outdated_layers() const { return most_outdated_; }

  PassOutcome forward(KvStorage& storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    // Each branch of a draft has a view of its own.
    const bool generates = batch.rows.front().view != 0;
    if (layers_done(generates, stop) < kLayers) return PassOutcome::kCancelled;
    if (!generates) prompt_rows_ += batch.rows.size();
    return ForwardingBackend::forward(storage, batch, logits, {});
  }

 private:
  int layers_done(bool generates, const std::stop_token& stop) {
    const std::uint64_t epoch = epoch_;
    int outdated = 0;
    int layer = 0;
    for (; layer < kLayers && !stop.stop_requested(); ++layer) {
      if (generates && epoch_ != epoch) ++outdated;
      do {
        std::this_thread::yield();
      } while (holds_ && generates && layer == kLayers / 2 && !stop.stop_requested());
    }
    if (outdated > most_outdated_) most_outdated_ = outdated;
    if (layer < kLayers) {
      ++stopped_;
      layers_in_vain_ += static_cast<std::uint32_t>(layer);
    }
    return layer;
  }

  std::atomic<std::uint64_t> epoch_ = 0;
  std::atomic<bool> holds_ = false;
  std::atomic<std::size_t> prompt_rows_ = 0;
  std::atomic<std::uint32_t> stopped_ = 0;
  std::atomic<std::uint32_t> layers_in_vain_ = 0;
  std::atomic<int> most_outdated_ = 0;
};

}  // namespace nextline::test
