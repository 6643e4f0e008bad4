#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "lsp/workspace/repository.h"

namespace nextline::lsp {

/// What one commit made of a file; at least one of the two contents is there.
struct FileChange {
  std::string path;         ///< From the repository's root, with "/" between folders.
  const git_oid* old_file;  ///< Null if there was none. Valid while the change is visited.
  const git_oid* new_file;  ///< Null if there is none any more.
};

/// Finds the files that differ between commits of a repository. What is the same in both has the
/// same hash and is not entered, so that of a large tree only the changed branches are read. Links,
/// submodules and what has an impossible name are left out. Not safe for use by several threads.
class TreeComparison {
 public:
  enum class Files : std::uint8_t {
    kAll,
    kInBoth,  ///< Not those that are added, removed or renamed.
  };
  /// Returns whether it wants more.
  using Visit = std::function<bool(const FileChange&)>;

  /// `most_entries` bounds the entries of folders that all comparisons look at together. The
  /// repository must outlive this.
  TreeComparison(const Repository& repository, Files files, std::size_t most_entries)
      : repository_(repository), files_(files), most_entries_(most_entries) {}

  /// Compares two root folders; null stands for an empty one. Of each folder, what the new one has
  /// is visited in the order of its names, then what was removed. Returns whether it came to the
  /// end: a limit, a stop or the visitor prevents it.
  bool compare(const git_oid* old_root, const git_oid* new_root, const Visit& visit,
               const std::stop_token& stop = {});

  /// Folders that were missing or damaged, and left out with all that is in them.
  std::size_t unreadable() const { return unreadable_; }
  /// Changed entries that were left out because they are neither files nor folders.
  std::size_t others() const { return others_; }
  bool is_at_limit() const { return entries_ > most_entries_; }

 private:
  struct Walk {
    const Visit& visit;
    const std::stop_token& stop;
  };

  bool compare_folders(const git_oid* old_id, const git_oid* new_id, const std::string& path,
                       int depth, const Walk& walk);
  bool compare_entries(const git_tree_entry* old_entry, const git_tree_entry* new_entry,
                       const std::string& path, int depth, const Walk& walk);
  /// Counts another entry that is looked at; false if there shall be no more.
  bool goes_on(const Walk& walk);

  const Repository& repository_;
  Files files_;
  std::size_t most_entries_;
  std::size_t entries_ = 0;
  std::size_t unreadable_ = 0;
  std::size_t others_ = 0;
};

}  // namespace nextline::lsp
