#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lsp/syntax/outline.h"

namespace nextline::lsp {

/// Whether an import means a file.
enum class ImportMatch : std::uint8_t {
  kNone,
  kPackage,  ///< The file lies in what is imported, which may hand on what it defines.
  kModule,   ///< It is what is imported.
};

/// Whether what the file `from` imports is, or has, the file `path`; both are from the workspace's
/// folder. Languages agree that a module's name is the end of its file's path, whatever folder
/// paths begin with, or the path is the end of the name where the folder is a package itself. What
/// is relative to the importing file is looked up just there.
ImportMatch match(const OutlineImport& import, std::string_view from, std::string_view path);

/// How files could be called that an import means (`SymbolIndex::files_called`).
std::vector<std::string_view> names_of_files(const OutlineImport& import, std::string_view from);

}  // namespace nextline::lsp
