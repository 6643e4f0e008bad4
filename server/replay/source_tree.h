#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "server/replay/edit_case.h"

namespace nextline::replay {

/// A file of source code: well-formed UTF-8 without a byte order mark.
struct SourceFile {
  std::string path;  ///< From the tree's root, with "/" between folders.
  Language language;
  std::string text;
};

struct SourceTreeOptions {
  std::size_t most_file_bytes = std::size_t{1} << 20;  ///< Larger files are skipped.
  std::size_t most_bytes = std::size_t{1} << 30;       ///< Of a tree; a larger one is an error.
};

/// The source code of a folder: all that is Python or Java, in the order of the paths, so that it
/// does not depend on the file system. Hidden folders, build outputs, links, files that look like
/// secrets, that cannot be read, are too large or are no text are left out.
class SourceTree {
 public:
  /// Fails if there is no such folder, it cannot be listed, or has too much in it.
  static Result<SourceTree> read(const std::filesystem::path& folder,
                                 const SourceTreeOptions& options = {});
  /// A tree of these files, in whatever order.
  explicit SourceTree(std::vector<SourceFile> files);

  const std::vector<SourceFile>& files() const { return files_; }
  /// Files of the two languages that were left out for what they are or hold.
  std::size_t skipped() const { return skipped_; }

 private:
  std::vector<SourceFile> files_;
  std::size_t skipped_ = 0;
};

}  // namespace nextline::replay
