#pragma once

#include <cstddef>

#include "lsp/syntax/grammar.h"
#include "lsp/syntax/tree_sitter.h"

namespace nextline::lsp {

/// The body of a function: its own, or that of what its last part defines, as of a constant that is
/// one. A null node if it has none.
TSNode function_body(const Grammar& grammar, TSNode function);

/// Where the head of a definition ends: before its body, which lies within it or is null, or with
/// it.
std::size_t head_end(TSNode definition, TSNode body);

}  // namespace nextline::lsp
