#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "lsp/workspace/repository.h"

namespace nextline::lsp {

/// Whether a file may be read for context or history.
enum class Permission : std::uint8_t {
  kReadable,
  kSecret,   ///< It looks as if it held secrets (`looks_like_secret`).
  kIgnored,  ///< The repository's rules say that git shall not see it.
};

/// Says which files of a repository may be read, now or as they were in the past. Rules are those
/// of today: the `.gitignore` files that lie in its folders, its `info/exclude`, and the user's own
/// list. A bare repository has no folders; there, the `.gitignore` at the root of its newest commit
/// counts. Files that are tracked although a rule ignores them are not read either: who wrote the
/// rule did not want to see them.
///
/// Belongs to the repository's thread.
class IgnoreRules {
 public:
  /// The repository must outlive this.
  explicit IgnoreRules(const Repository& repository);

  /// `path` is from the repository's root, with "/" between folders; there need be no such file. A
  /// path for which the rules cannot be read counts as ignored.
  Permission of(const std::string& path);

 private:
  const Repository& repository_;
  std::unordered_map<std::string, Permission> known_;  // A path is asked for once per change.
};

}  // namespace nextline::lsp
