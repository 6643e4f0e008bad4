#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/disk/private_folder.h"
#include "engine/disk/replacement_file.h"
#include "engine/error.h"
#include "engine/speculate/history_document.h"
#include "engine/speculate/history_segment.h"

namespace nextline {

/// The history of one repository as one tokeniser cuts it: a folder of segments, which several
/// processes may share.
///
/// What lies in the folder is the index; there is no list beside it. Documents are added as a
/// segment of their own, and where segments have become many, some are merged: those of about one
/// size, so that a document is rewritten but a few times, however many are added. One process
/// merges at a time. It removes what it merged only once the merged segment is on the disk, so
/// nothing is ever missing; a document may be there twice, for a moment or, where the process is
/// killed, until it is merged again.
///
/// Any number of threads may take the segments at any time. One thread at a time may call the rest.
class HistoryIndex {
 public:
  struct Options {
    std::filesystem::path folder;  ///< Of this repository alone. Made when something is added.
    SegmentTokenizer tokenizer;  ///< Segments of others may lie in the folder; they are left alone.
    std::size_t most_segments =
        4;  ///< Where there are more, some are merged. A lookup goes to each.
    FileCalls calls = FileCalls::of_the_system();
    /// Told of each file that cannot be used, and whether it was removed, because it is damaged.
    std::function<void(const Error&, bool was_removed)> report = {};
  };
  /// Shared by the index and by those who look up: who has taken them keeps them, whatever is
  /// added, merged and removed meanwhile.
  using Segments = std::vector<std::shared_ptr<const HistorySegment>>;

  /// Has no segments before `refresh`.
  explicit HistoryIndex(Options options) : options_(std::move(options)) {}

  Segments segments() const;
  /// Their files' names: who keeps them can tell later whether one is missing.
  std::vector<std::string> names() const;

  /// Opens what has come into the folder since, and lets go of what is gone. Fails where the folder
  /// cannot be read, and leaves all as it was; that there is none is no error.
  Result<void> refresh();

  /// Puts the documents on the disk and among the segments; then merges where that is due. Where
  /// only merging fails, the documents are there, and the next call tries again. To be stopped is
  /// no failure: what was not merged will be.
  Result<void> add(std::span<const HistoryDocument> documents, const std::stop_token& stop = {});

  /// Removes all segments of this tokeniser. Who has taken them keeps them.
  Result<void> clear();

 private:
  struct NamedSegment {
    std::string name;
    std::shared_ptr<const HistorySegment> segment;
  };

  std::string new_name() const;
  Result<std::vector<PrivateFolder::Entry>> own_files(const PrivateFolder& folder) const;
  std::shared_ptr<const HistorySegment> open(const PrivateFolder& folder,
                                             const PrivateFolder::Entry& entry) const;
  Result<void> refresh(const PrivateFolder& folder);
  Result<void> merge_some(const PrivateFolder& folder, const std::stop_token& stop);
  Result<void> merge(const PrivateFolder& folder, std::span<const NamedSegment> chosen,
                     const std::stop_token& stop);

  const Options options_;
  mutable std::mutex
      mutex_;  // Guards the list; only the one thread changes it, and reads it without.
  std::vector<NamedSegment> segments_;
};

}  // namespace nextline
