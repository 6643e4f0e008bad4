#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lsp/context/symbol_index.h"
#include "lsp/context/workspace_reader.h"

namespace nextline::lsp {

/// A folder with what its files define, and how true that is.
struct IndexedFolder {
  using Clock = std::chrono::steady_clock;

  IndexedFolder(std::filesystem::path folder, bool named)
      : path(std::move(folder)), is_named(named) {}

  std::filesystem::path path;  ///< Without links.
  bool is_named;               ///< By the client; else it was found around a file.
  SymbolIndex index;
  WorkspaceReader reader{index, path};
  bool is_being_read = false;
  bool has_been_read = false;  ///< As far as it goes, once at the least.
  bool is_outdated = false;    ///< Files have changed since a reading began.
  Clock::time_point due;       ///< When it is to be read again.
  Clock::time_point read;      ///< When a reading ended last …
  Clock::duration took{};      ///< … and how long it took.
};

/// The folders that documents belong to: those that the client has named, and for a document in
/// none of them the git repository around it. A folder that nobody would take for a project, the
/// file system's root or the user's home, is none.
///
/// Belongs to one thread.
class WorkspaceFolders {
 public:
  /// Repositories that are remembered though no document is open in them.
  static constexpr std::size_t kMostFound = 4;

  /// Where a document is, from a folder; without one if it belongs to none, or looks like a secret.
  /// Who keeps it keeps the folder, whatever is named later.
  struct Place {
    std::shared_ptr<IndexedFolder> folder;
    std::string path;  ///< With "/" between folders.
    bool operator==(const Place&) const = default;
  };

  /// Names the folders, in place of those that were named before. What is known of a folder that is
  /// named again stays.
  void name(std::span<const std::filesystem::path> folders);
  /// The deepest folder around a file, which need not be there.
  Place place_of(const std::filesystem::path& file);
  /// The folder around something that has changed, among those that are known; null if there is
  /// none.
  IndexedFolder* known_around(const std::filesystem::path& changed) const;

  const std::vector<std::shared_ptr<IndexedFolder>>& all() const { return folders_; }

 private:
  /// All paths are without links.
  std::shared_ptr<IndexedFolder> deepest_around(const std::filesystem::path& file,
                                                bool is_named) const;
  std::shared_ptr<IndexedFolder> repository_around(const std::filesystem::path& file);
  std::shared_ptr<IndexedFolder> at(const std::filesystem::path& folder) const;
  void forget_unused();

  std::vector<std::shared_ptr<IndexedFolder>> folders_;
};

}  // namespace nextline::lsp
