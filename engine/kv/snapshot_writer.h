#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "engine/kv/snapshot_store.h"

namespace nextline {

/// Saves snapshots on a thread of its own, one after the other, so that nobody waits for the disk.
/// Any thread may call `save` and `finish`.
class SnapshotWriter {
 public:
  /// Hears of every snapshot what became of it, on the writer's thread.
  using Report = std::function<void(const SnapshotKey& key, const Result<void>& saved)>;

  /// At most so many snapshots wait, besides the one that is being written: each takes as much
  /// memory as the tokens' keys and values (the default model: 12 KB per token).
  static constexpr std::size_t kMostWaiting = 4;

  explicit SnapshotWriter(SnapshotStore store, Report report = {});
  /// Writes what still waits.
  ~SnapshotWriter();
  SnapshotWriter(const SnapshotWriter&) = delete;
  SnapshotWriter& operator=(const SnapshotWriter&) = delete;

  /// Takes the snapshot and returns at once. It takes the place of one of the same key that still
  /// waits; where too many wait, the one that has waited longest is dropped and reported.
  void save(Snapshot snapshot);

  /// Returns when nothing waits or is being written.
  void finish();

 private:
  void work();

  const SnapshotStore store_;
  const Report report_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Snapshot> waiting_;
  std::deque<SnapshotKey> dropped_;  // To be reported.
  bool is_writing_ = false;
  bool ends_ = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace nextline
