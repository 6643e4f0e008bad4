#include "lsp/workspace/ignored_file.h"

#include <string>
#include <system_error>

#include "lsp/workspace/ignore_rules.h"
#include "lsp/workspace/repository.h"

namespace nextline::lsp {

namespace fs = std::filesystem;

bool is_ignored_by_git(const fs::path& file) {
  std::error_code error;
  const fs::path canonical = fs::weakly_canonical(file, error);
  if (error || !canonical.is_absolute()) return false;
  const auto repository = Repository::open_around(canonical);
  if (!repository) return false;
  const std::string path = repository->path_of(canonical);
  return !path.empty() && IgnoreRules(*repository).of(path) == Permission::kIgnored;
}

}  // namespace nextline::lsp
