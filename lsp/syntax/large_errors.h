#pragma once

#include <cstddef>

#include "lsp/syntax/tree_sitter.h"

namespace nextline::lsp {

/// Whether errors of `below`, or in it, that meet the bytes [first, last) have so many parts that a
/// query would take too long: for each part of an error it may look at all those behind it. There
/// is hardly a definition to be told in such an error.
bool has_large_error(TSNode below, std::size_t first, std::size_t last);

}  // namespace nextline::lsp
