#include "server/replay/source_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "lsp/workspace/build_output.h"
#include "lsp/workspace/secrets.h"
#include "lsp/workspace/text_file.h"

namespace nextline::replay {
namespace {

namespace fs = std::filesystem;

/// Folders nested deeper are not a person's.
constexpr int kDeepest = 64;

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
      if (entries.depth() >= kDeepest || lsp::is_build_output(entry.path())) {
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
    if (!lsp::looks_like_secret(path))
      text = lsp::read_text_file(entry.path(), options.most_file_bytes);
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
