#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "engine/disk/replacement_file.h"
#include "engine/error.h"
#include "engine/kv/snapshot.h"

namespace nextline {

/// A folder of snapshots, one file per key, that several processes may share.
///
/// A file is written aside and renamed, so that whoever opens it finds all of the earlier one or
/// all of the new one; readers need no lock. Together the files take no more than the budget: the
/// one that was saved or loaded longest ago goes first. The folder belongs to this user alone;
/// links and files of others in it are not read.
///
/// Immutable: any number of threads may save and load at once.
class SnapshotStore {
 public:
  struct Options {
    std::filesystem::path folder;  ///< Made at the first save.
    std::uint64_t budget_bytes = std::uint64_t{2} << 30;
    FileCalls calls = FileCalls::of_the_system();
  };

  explicit SnapshotStore(Options options) : options_(std::move(options)) {}

  /// Puts the snapshot in the place of an earlier one of the same key and returns once it is on the
  /// disk. On failure the earlier one stays. Waits for the disk: not for the model's thread.
  Result<void> save(const Snapshot& snapshot) const;

  /// The snapshot, or nothing where there is none. Fails for one that is there and cannot be used:
  /// the next save will replace it.
  Result<std::optional<Snapshot>> load(const SnapshotRequest& request) const;

  /// The name of the key's file.
  static std::string file_name(const SnapshotKey& key);

 private:
  /// Removes what was used longest ago until the budget holds, but never `newest`.
  void keep_budget(const PrivateFolder& folder, const std::string& newest) const;

  Options options_;
};

}  // namespace nextline
