#include "engine/kv/snapshot_writer.h"

#include <algorithm>
#include <utility>

#include "engine/out_of_memory.h"

namespace nextline {

SnapshotWriter::SnapshotWriter(SnapshotStore store, Report report)
    : store_(std::move(store)), report_(std::move(report)), thread_([this] { work(); }) {}

SnapshotWriter::~SnapshotWriter() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SnapshotWriter::save(Snapshot snapshot) {
  {
    const std::lock_guard lock(mutex_);
    const auto same = std::ranges::find(waiting_, snapshot.key, &Snapshot::key);
    if (same != waiting_.end()) {
      *same = std::move(snapshot);
    } else {
      if (waiting_.size() == kMostWaiting) {
        dropped_.push_back(std::move(waiting_.front().key));
        waiting_.pop_front();
      }
      waiting_.push_back(std::move(snapshot));
    }
  }
  changed_.notify_all();
}

void SnapshotWriter::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.empty() && dropped_.empty() && !is_writing_; });
}

void SnapshotWriter::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ends_ || !waiting_.empty() || !dropped_.empty(); });
    if (waiting_.empty() && dropped_.empty()) return;
    std::deque<SnapshotKey> dropped = std::exchange(dropped_, {});
    std::optional<Snapshot> snapshot;
    if (!waiting_.empty()) {
      snapshot = std::move(waiting_.front());
      waiting_.pop_front();
    }
    is_writing_ = true;
    lock.unlock();

    for (const SnapshotKey& key : dropped) {
      if (!report_) break;
      report_(key, failure(snapshot_subject(key) + " was not saved: the disk is too slow."));
    }
    if (snapshot) {
      const Result<void> saved = unless_out_of_memory(
          snapshot_subject(snapshot->key) + " was not saved: there is not enough memory.",
          [&] { return store_.save(*snapshot); });
      if (report_) report_(snapshot->key, saved);
      snapshot.reset();
    }

    lock.lock();
    is_writing_ = false;
    changed_.notify_all();
  }
}

}  // namespace nextline
