#pragma once

#include <filesystem>

namespace nextline::lsp {

/// Whether git ignores a file, which is absolute and need not be there yet: by the rules of the
/// repository around it, as they are now. A file in no repository, or in one that cannot be opened,
/// is not ignored. Opens the repository, which takes about a millisecond; ask once.
bool is_ignored_by_git(const std::filesystem::path& file);

}  // namespace nextline::lsp
