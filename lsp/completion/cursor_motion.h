#pragma once

#include <cstddef>
#include <span>

#include "engine/session/replacement.h"

namespace nextline::lsp {

/// Where a cursor is taken to be behind some changes: behind the one that was made where it stood;
/// of changes elsewhere (a rename, an import that is added) it only moves along.
std::size_t cursor_behind(std::span<const Replacement> replacements, std::size_t cursor);

}  // namespace nextline::lsp
