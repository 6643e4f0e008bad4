#include "lsp/workspace/workspace_files.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "engine/tokenizer/utf8.h"
#include "lsp/workspace/build_output.h"
#include "lsp/workspace/generated.h"
#include "lsp/workspace/repository.h"
#include "lsp/workspace/secrets.h"
#include "lsp/workspace/text_file.h"

namespace nextline::lsp {
namespace {

namespace fs = std::filesystem;

/// Whether a name can be shown as part of a path.
bool is_presentable(std::string_view name) {
  return !name.empty() && well_formed_utf8_prefix(name) == name.size() &&
         std::ranges::none_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

bool has_repository(const fs::path& folder) {
  std::error_code unknown;
  return fs::exists(fs::symlink_status(folder / ".git", unknown));
}

bool is_in_repository(fs::path folder) {
  for (;; folder = folder.parent_path()) {
    if (has_repository(folder)) return true;
    if (!folder.has_relative_path()) return false;
  }
}

}  // namespace

/// Those of a repository, which belong to its thread, like itself.
struct WorkspaceFiles::Rules {
  explicit Rules(Repository opened) : repository(std::move(opened)), ignored(repository) {}
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;

  Repository repository;
  IgnoreRules ignored;
};

WorkspaceFiles::WorkspaceFiles(fs::path folder, WorkspaceFilesOptions options)
    : options_(std::move(options)) {
  std::error_code missing;
  root_ = fs::canonical(folder, missing);
  if (!missing && fs::is_directory(root_, missing)) enter({}, nullptr);
}

WorkspaceFiles::~WorkspaceFiles() = default;

std::optional<WorkspaceFile> WorkspaceFiles::next() {
  if (open_.empty()) return std::nullopt;
  Folder& folder = open_.back();
  if (!folder.is_listed) {
    list(folder);
  } else if (!folder.files.empty()) {
    const std::string name = std::move(folder.files.back());
    folder.files.pop_back();
    return look_at(folder, name);
  } else if (!folder.folders.empty()) {
    std::string path = folder.path + folder.folders.back() + "/";
    folder.folders.pop_back();
    if (is_permitted(folder, path, true)) enter(std::move(path), folder.rules);
  } else {
    open_.pop_back();
  }
  return std::nullopt;
}

std::optional<std::string> WorkspaceFiles::read(const std::string& path) const {
  auto text = read_text_file(root_ / path, options_.most_file_bytes);
  if (text && has_endless_lines(*text)) text.reset();
  return text;
}

std::optional<std::shared_ptr<WorkspaceFiles::Rules>> WorkspaceFiles::rules_of(
    const fs::path& folder, const std::shared_ptr<Rules>& around) const {
  const bool is_root = folder == root_;
  if (is_root ? !is_in_repository(folder) : !has_repository(folder)) return around;
  auto repository = Repository::open(
      folder, is_root ? Repository::Search::kHereAndAbove : Repository::Search::kHere);
  if (!repository || git_repository_is_bare(repository->handle()) != 0) return std::nullopt;
  return std::make_shared<Rules>(std::move(*repository));
}

void WorkspaceFiles::enter(std::string path, const std::shared_ptr<Rules>& around) {
  const fs::path folder = path.empty() ? root_ : root_ / path.substr(0, path.size() - 1);
  if (!path.empty() && is_build_output(folder)) return;
  if (auto rules = rules_of(folder, around))
    open_.push_back({std::move(path), *rules, false, {}, {}});
}

void WorkspaceFiles::list(Folder& folder) {
  folder.is_listed = true;
  std::error_code unreadable;
  fs::directory_iterator entry(root_ / folder.path, unreadable);
  std::size_t listed = 0;
  for (; !unreadable && entry != fs::directory_iterator(); entry.increment(unreadable)) {
    if (++listed > options_.most_folder_entries) break;
    if (++entries_ > options_.most_entries) return cut();
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.') || !is_presentable(name)) continue;
    std::error_code gone;
    const fs::file_status status = entry->symlink_status(gone);  // Links are not followed.
    if (fs::is_directory(status) && open_.size() <= options_.deepest) {
      folder.folders.push_back(name);
    } else if (fs::is_regular_file(status)) {
      folder.files.push_back(name);
    }
  }
  std::ranges::sort(folder.files, std::ranges::greater());
  std::ranges::sort(folder.folders, std::ranges::greater());
}

bool WorkspaceFiles::is_permitted(const Folder& folder, const std::string& path,
                                  bool is_folder) const {
  if (looks_like_secret(path)) return false;
  if (!folder.rules) return true;
  const fs::path file = root_ / (is_folder ? path.substr(0, path.size() - 1) : path);
  const std::string within = folder.rules->repository.path_of(file);
  if (within.empty()) return false;
  // The slash tells rules for folders alone that this is one.
  return folder.rules->ignored.of(is_folder ? within + "/" : within) == Permission::kReadable;
}

std::optional<WorkspaceFile> WorkspaceFiles::look_at(const Folder& folder,
                                                     const std::string& name) {
  WorkspaceFile file{folder.path + name};
  if (is_generated(name) || (options_.is_wanted && !options_.is_wanted(file.path)) ||
      !is_permitted(folder, file.path, false)) {
    return std::nullopt;
  }
  std::error_code gone;
  file.bytes = fs::file_size(root_ / file.path, gone);
  if (gone || file.bytes > options_.most_file_bytes) return std::nullopt;
  file.modified = fs::last_write_time(root_ / file.path, gone).time_since_epoch().count();
  if (gone) return std::nullopt;
  if (files_ == options_.most_files || bytes_ + file.bytes > options_.most_bytes) {
    cut();
    return std::nullopt;
  }
  ++files_;
  bytes_ += file.bytes;
  return file;
}

void WorkspaceFiles::cut() {
  is_cut_ = true;
  open_.clear();
}

}  // namespace nextline::lsp
