#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lsp/context/symbol_index.h"
#include "lsp/workspace/workspace_files.h"

namespace nextline::lsp {

/// Fills an index with the files of a workspace's folder whose language is known, and keeps it true
/// to what is on disk, or, of a file that is open in an editor, to what is typed there.
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

  /// Has a text stand for what is on disk: that of a file that is open in an editor. Null: it is so
  /// no more, and the file is read again. Only a file that a walk comes by may be read, so the text
  /// of another one waits, and one that is ignored or deleted is forgotten though it be open.
  void set_text(const std::string& path, std::shared_ptr<const std::string> text);

  /// Changes of the index that this has made so far.
  std::uint64_t changes() const { return changes_; }

 private:
  struct Seen {
    std::optional<std::size_t> bytes;  // Nothing if what is on disk has not been read.
    std::int64_t modified = 0;
    std::uint64_t walk = 0;  // In which it was there.
  };

  void look_at(const WorkspaceFile& file);
  void update(const std::string& path, std::string_view text);
  void remove(const std::string& path);
  /// Removes from the index what this walk has not come by.
  void forget_others();

  SymbolIndex& index_;
  std::filesystem::path folder_;
  WorkspaceFilesOptions options_;
  std::unique_ptr<WorkspaceFiles> files_;  // Of the walk that is under way.
  std::uint64_t walk_ = 0;
  std::uint64_t changes_ = 0;
  // By path.
  std::unordered_map<std::string, Seen> seen_;
  std::unordered_map<std::string, std::shared_ptr<const std::string>> texts_;
};

}  // namespace nextline::lsp
