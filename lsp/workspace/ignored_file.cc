#include "lsp/workspace/ignored_file.h"

#include <string>
#include <system_error>

#include "lsp/workspace/ignore_rules.h"
#include "lsp/workspace/repository.h"

namespace nextline::lsp {
namespace {

namespace fs = std::filesystem;

/// The innermost folder above a file that is there.
fs::path folder_of(const fs::path& file) {
  fs::path folder = file.parent_path();
  std::error_code unknown;
  while (folder.has_relative_path() && !fs::is_directory(folder, unknown)) {
    folder = folder.parent_path();
  }
  return folder;
}

}  // namespace

bool is_ignored_by_git(const fs::path& file) {
  std::error_code error;
  const fs::path canonical = fs::weakly_canonical(file, error);
  if (error || !canonical.is_absolute()) return false;
  const auto repository = Repository::open(folder_of(canonical), Repository::Search::kHereAndAbove);
  if (!repository) return false;
  const std::string path = repository->path_of(canonical);
  return !path.empty() && IgnoreRules(*repository).of(path) == Permission::kIgnored;
}

}  // namespace nextline::lsp
