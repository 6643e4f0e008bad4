#pragma once

#include <filesystem>

namespace nextline::lsp {

/// Whether a file looks as if it held secrets: environment files, keys and key stores, credentials
/// of tools. Decided by its name and the folders above it alone; nothing is read.
bool looks_like_secret(const std::filesystem::path& file);

}  // namespace nextline::lsp
