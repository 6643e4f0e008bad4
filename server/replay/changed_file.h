#pragma once

#include <string>

namespace nextline::replay {

/// What one change made of a file.
struct ChangedFile {
  std::string change;  ///< Names the change: a commit's hash, a release.
  std::string path;    ///< From the repository's root, with "/" between folders.
  std::string old_text;
  std::string new_text;
  bool operator==(const ChangedFile&) const = default;
};

}  // namespace nextline::replay
