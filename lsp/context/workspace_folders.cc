#include "lsp/context/workspace_folders.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <system_error>
#include <utility>

#include "lsp/workspace/repository.h"
#include "lsp/workspace/secrets.h"

namespace nextline::lsp {
namespace {

namespace fs = std::filesystem;

/// The path without links, of something that need not be there.
fs::path resolved(const fs::path& path) {
  std::error_code error;
  fs::path found = fs::weakly_canonical(path, error);
  if (error) found = path.lexically_normal();
  // "/a/b/" is "/a/b".
  return found.has_filename() || !found.has_relative_path() ? found : found.parent_path();
}

bool is_within(const fs::path& file, const fs::path& folder) {
  const auto [outer, inner] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return outer == folder.end() && inner != file.end();
}

bool is_project(const fs::path& folder) {
  if (!folder.is_absolute() || !folder.has_relative_path()) return false;
  const char* const home = std::getenv("HOME");
  return home == nullptr || folder != resolved(home);
}

}  // namespace

void WorkspaceFolders::name(std::span<const fs::path> folders) {
  std::vector<std::shared_ptr<IndexedFolder>> named;
  for (const fs::path& folder : folders) {
    const fs::path path = resolved(folder);
    const auto is_this = [&](const auto& known) { return known->path == path; };
    if (!is_project(path) || std::ranges::any_of(named, is_this)) continue;
    auto known = at(path);
    if (!known) known = std::make_shared<IndexedFolder>(path, true);
    known->is_named = true;
    named.push_back(std::move(known));
  }
  std::ranges::copy_if(folders_, std::back_inserter(named), [&](const auto& folder) {
    return !folder->is_named && std::ranges::find(named, folder) == named.end();
  });
  folders_ = std::move(named);
}

WorkspaceFolders::Place WorkspaceFolders::place_of(const fs::path& file) {
  const fs::path path = resolved(file);
  // A link may look harmless, or what it leads to.
  if (file.empty() || looks_like_secret(file) || looks_like_secret(path)) return {};
  auto folder = deepest_around(path, true);
  if (!folder) folder = repository_around(path);
  if (!folder) return {};
  return {folder, path.lexically_relative(folder->path).generic_string()};
}

IndexedFolder* WorkspaceFolders::known_around(const fs::path& changed) const {
  const fs::path path = resolved(changed);
  if (const auto named = deepest_around(path, true)) return named.get();
  return deepest_around(path, false).get();
}

std::shared_ptr<IndexedFolder> WorkspaceFolders::deepest_around(const fs::path& file,
                                                                bool is_named) const {
  std::shared_ptr<IndexedFolder> deepest;
  for (const auto& folder : folders_) {
    if (folder->is_named != is_named || !is_within(file, folder->path)) continue;
    if (!deepest || is_within(folder->path, deepest->path)) deepest = folder;
  }
  return deepest;
}

std::shared_ptr<IndexedFolder> WorkspaceFolders::repository_around(const fs::path& file) {
  const auto repository = Repository::open_around(file);
  if (!repository || repository->path_of(file).empty()) return nullptr;
  const fs::path root = resolved(repository->root());
  if (!is_project(root)) return nullptr;
  if (auto known = at(root)) return known;
  forget_unused();
  return folders_.emplace_back(std::make_shared<IndexedFolder>(root, false));
}

std::shared_ptr<IndexedFolder> WorkspaceFolders::at(const fs::path& folder) const {
  const auto known =
      std::ranges::find_if(folders_, [&](const auto& other) { return other->path == folder; });
  return known == folders_.end() ? nullptr : *known;
}

void WorkspaceFolders::forget_unused() {
  auto found =
      std::ranges::count_if(folders_, [](const auto& folder) { return !folder->is_named; });
  std::erase_if(folders_, [&](const auto& folder) {
    const bool is_used = folder->is_named || folder.use_count() > 1;
    if (is_used || std::cmp_less(found, kMostFound)) return false;
    --found;
    return true;
  });
}

}  // namespace nextline::lsp
