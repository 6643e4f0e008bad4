#include "lsp/workspace/ignore_rules.h"

#include "lsp/workspace/secrets.h"

namespace nextline::lsp {
namespace {

constexpr std::size_t kMostRuleBytes = std::size_t{1} << 20U;
constexpr std::size_t kMostKnown = 65'536;

/// What the root of the newest commit says; empty if nothing.
std::string committed_rules(const Repository& repository) {
  if (!repository.has_commits()) return {};
  const auto newest = repository.newest_commit();
  const GitTree root = newest ? repository.folder(*git_commit_tree_id(newest->get())) : GitTree();
  const git_tree_entry* entry = root ? git_tree_entry_byname(root.get(), ".gitignore") : nullptr;
  if (entry == nullptr) return {};
  const auto rules = repository.file(*git_tree_entry_id(entry), kMostRuleBytes);
  return rules ? std::string(text_of(**rules)) : std::string();
}

Permission permission_of(const std::string& path, git_repository* repository) {
  if (looks_like_secret(path)) return Permission::kSecret;
  int is_ignored = 0;
  const bool is_known = git_ignore_path_is_ignored(&is_ignored, repository, path.c_str()) == 0;
  return is_known && is_ignored == 0 ? Permission::kReadable : Permission::kIgnored;
}

}  // namespace

IgnoreRules::IgnoreRules(const Repository& repository) : repository_(repository) {
  if (git_repository_is_bare(repository.handle()) == 0) return;
  const std::string rules = committed_rules(repository);
  if (!rules.empty()) git_ignore_add_rule(repository.handle(), rules.c_str());
}

Permission IgnoreRules::of(const std::string& path) {
  const auto known = known_.find(path);
  if (known != known_.end()) return known->second;
  if (known_.size() == kMostKnown) known_.clear();
  return known_[path] = permission_of(path, repository_.handle());
}

}  // namespace nextline::lsp
