#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/workspace/ignore_rules.h"

namespace nextline::lsp {

struct WorkspaceFilesOptions {
  std::size_t most_files = 20'000;                   ///< That are given.
  std::size_t most_bytes = std::size_t{256} << 20U;  ///< In them together.
  std::size_t most_file_bytes = std::size_t{256} << 10U;
  std::size_t most_entries = 1'000'000;      ///< Files and folders that are looked at.
  std::size_t most_folder_entries = 20'000;  ///< Of one folder; the rest of it is left out.
  std::size_t deepest = 32;                  ///< Folders within each other.
  /// Which files are asked for, by their paths; all if empty.
  std::function<bool(std::string_view path)> is_wanted;
};

/// A file that may be read.
struct WorkspaceFile {
  std::string path;  ///< From the workspace's folder, with "/" between folders; UTF-8.
  std::size_t bytes = 0;
  std::int64_t modified = 0;  ///< In nanoseconds, by some clock: to tell whether it has changed.
};

/// The files of a folder that are worth reading, in the order of their paths, a folder's own files
/// before those of its folders. Left out are links, hidden files, what tools write (`is_generated`,
/// `is_build_output`), what looks like a secret, names that are no UTF-8 or have control
/// characters, and, in a git repository, what its rules ignore: in the one around the folder, and
/// in those within it. Where a repository cannot be opened, its rules are not known, and all of it
/// is left out. Nothing but folders, rules and files' sizes is read; `read` then gives a text.
///
/// Goes in small steps, since it is done in idle time; what changes meanwhile may be seen or not.
/// Belongs to one thread at a time.
class WorkspaceFiles {
 public:
  explicit WorkspaceFiles(std::filesystem::path folder, WorkspaceFilesOptions options = {});
  ~WorkspaceFiles();
  WorkspaceFiles(const WorkspaceFiles&) = delete;
  WorkspaceFiles& operator=(const WorkspaceFiles&) = delete;

  /// Takes a step: lists one folder, or looks at one file, which is what comes back if it is worth
  /// reading.
  std::optional<WorkspaceFile> next();
  /// Whether there is nothing left, or a limit is reached.
  bool has_ended() const { return open_.empty(); }
  /// Whether a limit ended it.
  bool is_cut() const { return is_cut_; }

  /// What a file says; nothing if it has become too large, is no text, or is generated, as its
  /// endless lines tell (`has_endless_lines`).
  std::optional<std::string> read(const std::string& path) const;

 private:
  struct Rules;
  /// A folder that is being gone through.
  struct Folder {
    std::string path;  // From the workspace's folder, with "/" behind it; empty for itself.
    std::shared_ptr<Rules> rules;  // None if it is in no repository.
    bool is_listed = false;
    std::vector<std::string> files;  // That are left, the last one first.
    std::vector<std::string> folders;
  };

  /// Nothing if the folder is in a repository whose rules cannot be known.
  std::optional<std::shared_ptr<Rules>> rules_of(const std::filesystem::path& folder,
                                                 const std::shared_ptr<Rules>& around) const;
  void enter(std::string path, const std::shared_ptr<Rules>& around);
  void list(Folder& folder);
  bool is_permitted(const Folder& folder, const std::string& path, bool is_folder) const;
  std::optional<WorkspaceFile> look_at(const Folder& folder, const std::string& name);
  void cut();

  std::filesystem::path root_;
  WorkspaceFilesOptions options_;
  std::vector<Folder> open_;  // Each within the one before it.
  std::size_t entries_ = 0;
  std::size_t files_ = 0;
  std::size_t bytes_ = 0;
  bool is_cut_ = false;
};

}  // namespace nextline::lsp
