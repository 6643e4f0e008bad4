#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/disk/hash.h"
#include "lsp/context/indexed_file.h"

namespace nextline::lsp {

/// A definition of one of the files; it stays valid, whatever becomes of the index.
struct IndexedDefinition {
  std::shared_ptr<const IndexedFile> file;
  std::size_t number;  ///< In `IndexedFile::definitions`.

  const FileDefinition& operator*() const { return file->definitions()[number]; }
  const FileDefinition* operator->() const { return &file->definitions()[number]; }
};

/// What the files of a workspace define, by name. Paths are from the workspace's folder, with "/"
/// between folders. Files that look like secrets are never in it (`looks_like_secret`); what else
/// must not be read is the caller's to know (`WorkspaceFiles`).
///
/// Memory is bounded: where a file has no room, those go that were least recently used, which is to
/// say updated or named in `mark_used`; a file that is larger than all the room is not taken.
///
/// Any thread may call any method. A file is an immutable snapshot; texts are parsed outside of the
/// lock, which is held for as long as a file's names are entered or looked up. Of two updates of
/// one file at once, either may be the one that stays: a file's updates are one thread's.
class SymbolIndex {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20U;

  explicit SymbolIndex(std::size_t most_bytes = kMostBytes) : most_bytes_(most_bytes) {}

  /// Takes a file's text in place of what is known of it; whether that changed anything. A text
  /// that is the same as before is not parsed again.
  bool update(const std::string& path, std::string_view text);
  void remove(const std::string& path);
  /// Keeps files in the index longer than others.
  void mark_used(const std::string& path);

  /// The definitions of a name, members included, in no order; of a name that has more than `most`,
  /// none.
  std::vector<IndexedDefinition> definitions_of(std::string_view name, std::size_t most) const;
  /// How many files define a name.
  std::size_t file_count_of(std::string_view name) const;
  /// Null if it is not in the index.
  std::shared_ptr<const IndexedFile> file(const std::string& path) const;
  /// The files with this name, its ending left out, or in a folder of this name: what a module
  /// could be called. At most `most`.
  std::vector<std::shared_ptr<const IndexedFile>> files_called(std::string_view name,
                                                               std::size_t most) const;
  /// In no order.
  std::vector<std::string> paths() const;

  std::size_t file_count() const;
  std::size_t definition_count() const;
  /// The memory that it takes, nearly; never more than its bound.
  std::size_t bytes() const;
  /// Whether an ordinary file would fit in without another having to go.
  bool has_room() const;

 private:
  struct Record {
    std::shared_ptr<const IndexedFile> file;
    Hash128 hash;
    std::uint64_t used = 0;
  };
  struct Place {
    const IndexedFile* file;
    std::uint32_t number;
  };
  using Records = std::unordered_map<std::string, Record>;

  void enter(Record& record);
  void forget(Records::iterator record);
  void touch(Record& record);
  std::shared_ptr<const IndexedFile> shared(const IndexedFile* file) const;

  const std::size_t most_bytes_;
  mutable std::mutex mutex_;                                      // Guards all below.
  Records files_;                                                 // By path.
  std::unordered_map<std::uint64_t, std::vector<Place>> places_;  // By the hash of a name.
  std::unordered_map<std::uint64_t, std::vector<const IndexedFile*>> called_;
  std::map<std::uint64_t, const IndexedFile*> by_use_;  // The one used least recently first.
  std::uint64_t uses_ = 0;
  std::size_t bytes_ = 0;
  std::size_t definitions_ = 0;
};

}  // namespace nextline::lsp
