#pragma once

#include <string>
#include <vector>

#include "server/replay/edit_case.h"
#include "server/replay/source_tree.h"

namespace nextline::replay {

/// What one change made of a file.
struct ChangedFile {
  std::string change;  ///< Names the change: a commit's hash, a release.
  std::string path;    ///< From the repository's root, with "/" between folders.
  std::string old_text;
  std::string new_text;
  bool operator==(const ChangedFile&) const = default;
};

/// The files of a language that two trees have under the same path, with different texts: what one
/// release of a package changed in the other. In the order of the paths.
std::vector<ChangedFile> changed_files(const SourceTree& old_tree, const SourceTree& new_tree,
                                       Language language, const std::string& change);

}  // namespace nextline::replay
