#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "lsp/context/symbol_index.h"
#include "lsp/workspace/workspace_files.h"

namespace nextline::lsp {

/// Fills an index with the files of a workspace's folder whose language is known, and keeps it true
/// to what is on disk. Files that are open in an editor are the caller's: it
/// updates them itself and says so, so that what is saved does not replace what is typed.
///
/// Belongs to one thread, which need not be that of the index's other users.
class WorkspaceReader {
 public:
  WorkspaceReader(SymbolIndex& index, std::filesystem::path folder,
                  WorkspaceFilesOptions options = {});

  /// Takes a step of `WorkspaceFiles`, and reads the file that it comes to if its size or time has
  /// changed since; whether there are more. The last step removes from the index what is no longer
  /// there. The step after the last one begins anew.
  ///
  /// A folder with more than the index has room for is read as far as the room goes.
  bool step();

  /// Whether files of this path are left to the caller.
  void set_open(const std::string& path, bool is_open);

 private:
  struct Seen {
    std::size_t bytes = 0;
    std::int64_t modified = 0;
    std::uint64_t walk = 0;  // In which it was there.
  };

  void look_at(const WorkspaceFile& file);
  /// Removes from the index what this walk has not come by.
  void forget_others();

  SymbolIndex& index_;
  std::filesystem::path folder_;
  WorkspaceFilesOptions options_;
  std::unique_ptr<WorkspaceFiles> files_;  // Of the walk that is under way.
  std::uint64_t walk_ = 0;
  std::unordered_map<std::string, Seen> seen_;  // By path.
  std::unordered_set<std::string> open_;
};

}  // namespace nextline::lsp
