#pragma once

#include <filesystem>

namespace nextline::lsp {

/// Whether a folder holds what packagers, compilers or environments write, by its name and by what
/// lies beside or in it. Hidden folders count.
bool is_build_output(const std::filesystem::path& folder);

}  // namespace nextline::lsp
