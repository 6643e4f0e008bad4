#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/backend/backend.h"
#include "engine/kv/snapshot_store.h"
#include "engine/kv/snapshot_writer.h"
#include "engine/session/session.h"

namespace nextline::lsp {

struct SnapshotOptions {
  std::filesystem::path folder = {};  ///< Empty: no snapshots are kept.
  std::uint64_t disk_bytes = std::uint64_t{2} << 30;
  /// Between two snapshots of a document that stays open.
  std::chrono::seconds interval{120};
};

/// Keeps the caches of files on disk, so that a file that is opened again is served at once, and
/// exactly. Files that look as if they held secrets are left alone.
///
/// A snapshot is copied on the model's thread, to which the keeper belongs, and written on another:
/// 5 ms, and 30 to 80, for 2,400 tokens of the default model. What goes wrong is said in the log;
/// nobody depends on a snapshot. Of a device that has failed none is kept.
class SnapshotKeeper {
 public:
  using Clock = std::chrono::steady_clock;
  using Now = std::function<Clock::time_point()>;

  /// `backend` computes the sessions.
  SnapshotKeeper(const Backend& backend, const SnapshotOptions& options, Now now = Clock::now);

  /// What was kept of a file's cache, for sessions with such a storage; nothing if there is none or
  /// it is of no use.
  std::optional<Snapshot> load(const std::filesystem::path& file, const KvStorage& storage);

  /// Keeps the cache of a file with this text, unless that has been done.
  void keep(const std::filesystem::path& file, std::string_view text, Session& session);
  /// The same, unless it has been done within the interval.
  void keep_now_and_then(const std::filesystem::path& file, std::string_view text,
                         Session& session);
  /// Returns when all that was to be kept is on the disk.
  void finish() { writer_.finish(); }

 private:
  struct Kept {
    std::uint64_t content;  // Tells whether the cache is another since.
    Clock::time_point when;
  };

  /// Nothing for what is not kept.
  std::optional<SnapshotKey> key_of(const std::filesystem::path& file) const;

  const Backend& backend_;
  SnapshotOptions options_;
  Now now_;
  Hash128 model_;
  std::unordered_map<std::string, Kept> kept_;  // By canonical path.
  SnapshotStore store_;
  SnapshotWriter writer_;
};

}  // namespace nextline::lsp
