#include "lsp/workspace/repository.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "lsp/workspace/text_file.h"

namespace nextline::lsp {
namespace {

// Larger ones nobody has made; what has them is damaged, or made to fill the memory.
constexpr std::size_t kMostCommitBytes = std::size_t{1} << 20U;
constexpr std::size_t kMostFolderBytes = std::size_t{16} << 20U;

/// libgit2 1.5 looks for an exception in the user's configuration, and may fail with having found
/// none.
bool belongs_to_another(int status) {
  const git_error* error = git_error_last();
  return status == GIT_EOWNER ||
         (status == GIT_ENOTFOUND && error != nullptr && error->klass == GIT_ERROR_CONFIG);
}

}  // namespace

Result<Repository> Repository::open(const std::filesystem::path& folder, Search search) {
  initialise_libgit2();
  const unsigned flags = search == Search::kHere ? unsigned{GIT_REPOSITORY_OPEN_NO_SEARCH} : 0U;
  git_repository* opened = nullptr;
  const int status = git_repository_open_ext(&opened, folder.c_str(), flags, nullptr);
  GitRepository handle(opened);
  if (belongs_to_another(status)) {
    return failure("The git repository " + folder.string() + " belongs to another user.",
                   git_complaint());
  }
  if (status == GIT_ENOTFOUND && search == Search::kHereAndAbove) {
    return failure(folder.string() + " is not in a git repository.", git_complaint());
  }
  GitObjects objects =
      handle ? git_make<GitObjects>(git_repository_odb, handle.get()) : GitObjects();
  if (!objects) {
    return failure(folder.string() + " cannot be read as a git repository.", git_complaint());
  }
  return Repository(std::move(handle), std::move(objects));
}

Result<Repository> Repository::open_around(const std::filesystem::path& file) {
  std::filesystem::path folder = file.parent_path();
  std::error_code unknown;
  while (folder.has_relative_path() && !std::filesystem::is_directory(folder, unknown)) {
    folder = folder.parent_path();
  }
  return open(folder, Search::kHereAndAbove);
}

Repository::Repository(GitRepository handle, GitObjects objects)
    : handle_(std::move(handle)), objects_(std::move(objects)) {}

bool Repository::is_shallow() const {
  // Of a worktree, libgit2 looks in a folder that does not say it.
  std::error_code unknown;
  return std::filesystem::exists(
      std::filesystem::path(git_repository_commondir(handle())) / "shallow", unknown);
}

Result<GitCommit> Repository::newest_commit() const {
  git_oid id{};
  GitCommit found;
  if (git_reference_name_to_id(&id, handle(), "HEAD") == 0) found = commit(id);
  if (found) return found;
  return failure("The newest commit of the git repository " +
                     std::string(git_repository_path(handle())) + " is missing or damaged.",
                 git_complaint());
}

std::string Repository::head() const {
  if (!has_commits()) return {};
  const auto newest = newest_commit();
  return newest ? git_hash(*git_commit_id(newest->get())) : std::string();
}

Result<GitCommit> Repository::commit_called(const std::string& hash) const {
  const auto id = git_id(hash);
  GitCommit found = id ? commit(*id) : GitCommit();
  if (found) return found;
  return failure("The commit " + hash + " of the git repository " +
                     std::string(git_repository_path(handle())) + " is missing or damaged.",
                 git_complaint());
}

GitCommit Repository::commit(const git_oid& id) const {
  if (size_of(id, GIT_OBJECT_COMMIT).value_or(kMostCommitBytes + 1) > kMostCommitBytes) return {};
  return git_make<GitCommit>(git_commit_lookup, handle(), &id);
}

GitTree Repository::folder(const git_oid& id) const {
  if (size_of(id, GIT_OBJECT_TREE).value_or(kMostFolderBytes + 1) > kMostFolderBytes) return {};
  return git_make<GitTree>(git_tree_lookup, handle(), &id);
}

tl::expected<GitBlob, NoText> Repository::file(const git_oid& id, std::size_t most_bytes) const {
  const auto size = size_of(id, GIT_OBJECT_BLOB);
  if (size && *size > most_bytes) return tl::unexpected(NoText::kTooLarge);
  GitBlob blob = size ? git_make<GitBlob>(git_blob_lookup, handle(), &id) : GitBlob();
  if (!blob) return tl::unexpected(NoText::kUnreadable);
  if (!is_plain_text(text_of(*blob))) return tl::unexpected(NoText::kBinary);
  return blob;
}

std::string Repository::text_at_head(const std::string& path, std::size_t most_bytes) const {
  const auto newest = has_commits() ? newest_commit() : Result<GitCommit>();
  if (!newest || !*newest) return {};
  git_oid id = *git_commit_tree_id(newest->get());
  for (std::size_t first = 0; first < path.size();) {
    const std::size_t end = std::min(path.find('/', first), path.size());
    const GitTree parent = folder(id);
    const git_tree_entry* const entry =
        parent ? git_tree_entry_byname(parent.get(), path.substr(first, end - first).c_str())
               : nullptr;
    if (entry == nullptr) return {};
    id = *git_tree_entry_id(entry);
    first = end + 1;
  }
  const auto found = file(id, most_bytes);
  return found ? std::string(text_of(**found)) : std::string();
}

std::filesystem::path Repository::common_folder() const {
  const std::filesystem::path folder = git_repository_commondir(handle());
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::weakly_canonical(folder, error);
  return error ? folder : canonical;
}

std::filesystem::path Repository::root() const {
  const char* const folder = git_repository_workdir(handle());
  return folder != nullptr ? folder : git_repository_path(handle());
}

std::string Repository::path_of(const std::filesystem::path& file) const {
  const char* const root = git_repository_workdir(handle());
  if (root == nullptr) return {};
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::canonical(root, error);
  if (error) return {};
  const std::filesystem::path path = file.lexically_relative(canonical);
  const bool is_within = !path.empty() && *path.begin() != ".." && *path.begin() != ".git";
  return is_within && path != "." ? path.generic_string() : std::string();
}

std::optional<std::size_t> Repository::size_of(const git_oid& id, git_object_t kind) const {
  std::size_t size = 0;
  git_object_t found = GIT_OBJECT_INVALID;
  if (git_odb_read_header(&size, &found, objects_.get(), &id) != 0 || found != kind) return {};
  return size;
}

std::string_view text_of(const git_blob& file) {
  return {static_cast<const char*>(git_blob_rawcontent(&file)),
          static_cast<std::size_t>(git_blob_rawsize(&file))};
}

}  // namespace nextline::lsp
