#include "server/replay/git_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/tokenizer/utf8.h"
#include "server/replay/git_handle.h"

namespace nextline::replay {
namespace {

// Larger ones nobody has made; what has them is damaged, or made to fill the memory.
constexpr std::size_t kMostCommitBytes = std::size_t{1} << 20U;
constexpr std::size_t kMostFolderBytes = std::size_t{16} << 20U;
constexpr int kDeepestFolder = 64;

bool is_folder(const git_tree_entry& entry) {
  return git_tree_entry_filemode(&entry) == GIT_FILEMODE_TREE;
}

bool is_plain_file(const git_tree_entry& entry) {
  const git_filemode_t mode = git_tree_entry_filemode(&entry);
  return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

bool is_text(std::string_view bytes) {
  return bytes.find('\0') == std::string_view::npos &&
         well_formed_utf8_prefix(bytes) == bytes.size();
}

class HistoryReader {
 public:
  HistoryReader(git_repository* repository, git_odb* objects, Language language,
                const HistoryLimits& limits)
      : repository_(repository), objects_(objects), language_(language), limits_(limits) {}

  /// Null if there is no such commit, or it is damaged.
  GitCommit commit(const git_oid& id) const {
    if (size_of(id, GIT_OBJECT_COMMIT).value_or(kMostCommitBytes + 1) > kMostCommitBytes) return {};
    return git_make<GitCommit>(git_commit_lookup, repository_, &id);
  }

  GitHistory read_from(GitCommit newest) {
    const bool is_shallow = git_repository_is_shallow(repository_) == 1;
    GitCommit child = std::move(newest);
    for (std::size_t seen = 1; git_commit_parentcount(child.get()) > 0; ++seen) {
      GitCommit parent = commit(*git_commit_parent_id(child.get(), 0));
      if (!parent && !is_shallow) ++history_.unreadable;
      if (!parent || seen >= limits_.most_commits) history_.is_complete = false;
      if (!history_.is_complete) break;
      if (git_commit_parentcount(child.get()) == 1) compare_commits(*parent, *child);
      if (is_full_) break;
      child = std::move(parent);
    }
    return std::move(history_);
  }

 private:
  /// Nothing if there is no object with this hash and of this kind, or it is damaged.
  std::optional<std::size_t> size_of(const git_oid& id, git_object_t kind) const {
    std::size_t size = 0;
    git_object_t found = GIT_OBJECT_INVALID;
    if (git_odb_read_header(&size, &found, objects_, &id) != 0 || found != kind) return {};
    return size;
  }

  void compare_commits(const git_commit& parent, const git_commit& child) {
    change_ = git_oid_tostr_s(git_commit_id(&child));
    compare_folders(*git_commit_tree_id(&parent), *git_commit_tree_id(&child), "", 0);
  }

  GitTree folder(const git_oid& id) {
    GitTree tree;
    if (size_of(id, GIT_OBJECT_TREE).value_or(kMostFolderBytes + 1) <= kMostFolderBytes) {
      tree = git_make<GitTree>(git_tree_lookup, repository_, &id);
    }
    if (!tree) ++history_.unreadable;
    return tree;
  }

  /// What is the same in both has the same hash and is not entered, so that of a large tree only
  /// the changed branches are read.
  void compare_folders(const git_oid& old_id, const git_oid& new_id, const std::string& path,
                       int depth) {
    if (git_oid_equal(&old_id, &new_id) != 0 || depth > kDeepestFolder) return;
    const GitTree old_tree = folder(old_id);
    const GitTree new_tree = folder(new_id);
    if (!old_tree || !new_tree) return;
    for (std::size_t i = 0; i < git_tree_entrycount(new_tree.get()) && !is_full_; ++i) {
      const git_tree_entry& new_entry = *git_tree_entry_byindex(new_tree.get(), i);
      const char* name = git_tree_entry_name(&new_entry);
      const git_tree_entry* old_entry = git_tree_entry_byname(old_tree.get(), name);
      if (++entries_ > limits_.most_entries) stop_reading();
      if (old_entry == nullptr) continue;
      const git_oid& old_content = *git_tree_entry_id(old_entry);
      const git_oid& new_content = *git_tree_entry_id(&new_entry);
      if (git_oid_equal(&old_content, &new_content) != 0) continue;
      if (is_folder(*old_entry) && is_folder(new_entry)) {
        compare_folders(old_content, new_content, path + name + "/", depth + 1);
      } else if (is_plain_file(*old_entry) && is_plain_file(new_entry) &&
                 language_of_file(name) == language_ && is_text(name)) {
        add(path + name, old_content, new_content);
      }
    }
  }

  void add(std::string path, const git_oid& old_id, const git_oid& new_id) {
    std::optional<std::string> old_text = text_of(old_id);
    std::optional<std::string> new_text = old_text ? text_of(new_id) : std::nullopt;
    if (!old_text || !new_text) return;
    bytes_ += old_text->size() + new_text->size();
    if (bytes_ > limits_.most_bytes) return stop_reading();
    history_.files.push_back(
        {change_, std::move(path), std::move(*old_text), std::move(*new_text)});
  }

  /// Nothing if it is not to be read, or cannot be.
  std::optional<std::string> text_of(const git_oid& id) {
    const auto size = size_of(id, GIT_OBJECT_BLOB);
    if (size && *size > limits_.most_file_bytes) return std::nullopt;
    const GitBlob blob = size ? git_make<GitBlob>(git_blob_lookup, repository_, &id) : GitBlob();
    if (!blob) {
      ++history_.unreadable;
      return std::nullopt;
    }
    std::string text(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                     static_cast<std::size_t>(git_blob_rawsize(blob.get())));
    return is_text(text) ? std::optional(std::move(text)) : std::nullopt;
  }

  void stop_reading() {
    is_full_ = true;
    history_.is_complete = false;
  }

  git_repository* repository_;
  git_odb* objects_;
  Language language_;
  HistoryLimits limits_;
  GitHistory history_;
  std::string change_;  // The commit that is being read.
  std::size_t bytes_ = 0;
  std::size_t entries_ = 0;
  bool is_full_ = false;
};

}  // namespace

Result<GitHistory> read_git_history(const std::filesystem::path& repository, Language language,
                                    const HistoryLimits& limits) {
  const LibGit2 library;
  git_repository* opened = nullptr;
  const int status =
      git_repository_open_ext(&opened, repository.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  const GitRepository handle(opened);
  if (status == GIT_EOWNER) {
    return failure(
        fmt::format("The git repository {} belongs to another user.", repository.string()),
        git_complaint());
  }
  const GitObjects objects =
      handle ? git_make<GitObjects>(git_repository_odb, handle.get()) : GitObjects();
  if (!objects) {
    return failure(fmt::format("{} cannot be read as a git repository.", repository.string()),
                   git_complaint());
  }
  if (git_repository_head_unborn(handle.get()) == 1) return GitHistory();
  HistoryReader reader(handle.get(), objects.get(), language, limits);
  git_oid newest{};
  GitCommit commit;
  if (git_reference_name_to_id(&newest, handle.get(), "HEAD") == 0) commit = reader.commit(newest);
  if (!commit) {
    return failure(fmt::format("The newest commit of the git repository {} is missing or damaged.",
                               repository.string()),
                   git_complaint());
  }
  return reader.read_from(std::move(commit));
}

}  // namespace nextline::replay
