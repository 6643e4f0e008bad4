#include "server/replay/source_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/disk/file_descriptor.h"
#include "engine/tokenizer/utf8.h"
#include "lsp/workspace/secrets.h"

namespace nextline::replay {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
/// Folders nested deeper are not a person's.
constexpr int kDeepest = 64;

/// What packagers and compilers write.
constexpr std::array<std::string_view, 3> kOutputs = {"__pycache__", "node_modules", "venv"};
/// Names that packages have, too: these are outputs beside a file that tells how to build.
constexpr std::array<std::string_view, 5> kOutputsOfProjects = {"bin", "build", "dist", "out",
                                                                "target"};
constexpr std::array<std::string_view, 9> kProjectFiles = {
    "CMakeLists.txt", "Makefile", "build.gradle",   "build.gradle.kts", "build.xml",
    "package.json",   "pom.xml",  "pyproject.toml", "setup.py"};

template <typename Names>
bool is_among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_left_out(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (name.starts_with('.') || name.ends_with(".egg-info") || is_among(kOutputs, name)) return true;
  std::error_code missing;
  return is_among(kOutputsOfProjects, name) &&
         std::any_of(kProjectFiles.begin(), kProjectFiles.end(), [&](std::string_view file) {
           return fs::exists(folder.parent_path() / file, missing);
         });
}

/// Nothing if the file is not to be read: it may have changed since the folder was listed, so it is
/// looked at again once it is open.
std::optional<std::string> read_text(const fs::path& path, std::size_t most_bytes) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::uintmax_t>(status.st_size) > most_bytes) {
    return std::nullopt;
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;  // The file shrank meanwhile.
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  const bool is_text =
      well_formed_utf8_prefix(text) == text.size() && text.find('\0') == std::string::npos;
  return is_text ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace

Result<SourceTree> SourceTree::read(const fs::path& folder, const SourceTreeOptions& options) {
  std::error_code error;
  fs::recursive_directory_iterator entries(folder, fs::directory_options::skip_permission_denied,
                                           error);
  if (error) {
    return failure(
        fmt::format("The folder {} cannot be read: {}.", folder.string(), error.message()));
  }
  SourceTree tree({});
  std::size_t bytes = 0;
  for (; entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    const fs::directory_entry& entry = *entries;
    std::error_code unknown;
    // Links are not followed: they lead out of the tree, or to what it has anyway.
    const fs::file_status status = entry.symlink_status(unknown);
    if (fs::is_directory(status)) {
      if (entries.depth() >= kDeepest || is_left_out(entry.path())) {
        entries.disable_recursion_pending();
      }
      continue;
    }
    const fs::path path = entry.path().lexically_relative(folder);
    const auto language = language_of_file(path.filename().string());
    if (!language || !fs::is_regular_file(status) || path.filename().string().starts_with('.')) {
      continue;
    }
    std::optional<std::string> text;
    if (!lsp::looks_like_secret(path)) text = read_text(entry.path(), options.most_file_bytes);
    if (!text) {
      ++tree.skipped_;
      continue;
    }
    bytes += text->size();
    if (bytes > options.most_bytes) {
      return failure(
          fmt::format("The folder {} has more than {} MiB of source code; give one of "
                      "its folders.",
                      folder.string(), options.most_bytes >> 20U));
    }
    tree.files_.push_back({path.generic_string(), *language, std::move(*text)});
  }
  if (error) {
    return failure(fmt::format("The folder {} cannot be read to its end: {}.", folder.string(),
                               error.message()));
  }
  std::ranges::sort(tree.files_, {}, &SourceFile::path);
  return tree;
}

SourceTree::SourceTree(std::vector<SourceFile> files) : files_(std::move(files)) {
  std::ranges::sort(files_, {}, &SourceFile::path);
}

}  // namespace nextline::replay
