#include "lsp/context/import_match.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace nextline::lsp {
namespace {

/// Files that stand for their folder.
constexpr std::array<std::string_view, 4> kFolderFiles = {"__init__", "index", "mod", "package"};

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view without_ending(std::string_view path) {
  const std::size_t name = path.rfind('/') + 1;
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos || dot <= name ? path : path.substr(0, dot);
}

/// Whether a path ends with another, or is it.
bool ends_with_path(std::string_view path, std::string_view end) {
  if (end.empty() || !path.ends_with(end)) return false;
  return path.size() == end.size() || path[path.size() - end.size() - 1] == '/';
}

bool has_parts(std::string_view path) { return path.find('/') != std::string_view::npos; }

std::string joined(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  if (name.empty()) return std::string(folder);
  return std::string(folder) + "/" + std::string(name);
}

/// What is imported, as a path without ending.
struct Target {
  std::string path;
  bool is_relative = false;  // To a folder that is known: the path is from the workspace's.

  bool is(std::string_view file) const {
    if (is_relative) return file == path;
    return ends_with_path(file, path) || (has_parts(file) && ends_with_path(path, file));
  }
  /// Whether a folder is it or lies in it.
  bool has(std::string_view folder) const {
    for (; !folder.empty(); folder = folder_of(folder)) {
      if (is_relative ? folder == path : ends_with_path(folder, path)) return true;
    }
    return false;
  }
};

/// Nothing where a path leads out of the workspace.
std::optional<Target> target_of(const OutlineImport& import, std::string_view from) {
  std::string_view module = import.module;
  std::string_view folder = folder_of(from);
  if (import.level > 0) {
    for (std::size_t i = 1; i < import.level; ++i) {
      if (folder.empty()) return std::nullopt;
      folder = folder_of(folder);
    }
    return Target{joined(folder, module), true};
  }
  const bool is_relative = module.starts_with("./") || module.starts_with("../");
  while (is_relative && (module.starts_with("./") || module.starts_with("../"))) {
    const bool goes_up = module.starts_with("../");
    if (goes_up && folder.empty()) return std::nullopt;
    if (goes_up) folder = folder_of(folder);
    module.remove_prefix(goes_up ? 3 : 2);
  }
  const std::string_view stem = without_ending(module);
  return Target{is_relative ? joined(folder, stem) : std::string(stem), is_relative};
}

}  // namespace

ImportMatch match(const OutlineImport& import, std::string_view from, std::string_view path) {
  const auto target = target_of(import, from);
  if (!target) return ImportMatch::kNone;
  const std::string_view stem = without_ending(path);
  const std::string_view folder = folder_of(path);
  if (!target->path.empty() && target->is(stem)) return ImportMatch::kModule;
  if (!import.name.empty() &&
      Target{joined(target->path, import.name), target->is_relative}.is(stem)) {
    return ImportMatch::kModule;
  }
  const bool is_folder_file =
      std::ranges::find(kFolderFiles, last_part(stem)) != kFolderFiles.end();
  if (is_folder_file && target->is(folder)) return ImportMatch::kModule;
  return target->has(folder) ? ImportMatch::kPackage : ImportMatch::kNone;
}

std::vector<std::string_view> names_of_files(const OutlineImport& import, std::string_view from) {
  std::vector<std::string_view> names;
  const auto add = [&](std::string_view name) {
    if (!name.empty() && name != "." && name != "..") names.push_back(name);
  };
  add(without_ending(last_part(import.module)));
  add(import.name);
  if (import.module.empty()) add(last_part(folder_of(from)));
  return names;
}

}  // namespace nextline::lsp
