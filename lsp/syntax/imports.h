#pragma once

#include <string_view>
#include <vector>

#include "lsp/syntax/symbols.h"
#include "lsp/syntax/tree_sitter.h"

namespace nextline::lsp {

/// Whether a node imports, in one of the languages that `read_imports` reads.
bool is_import(TSNode node);

/// Adds what one statement imports, name by name.
void read_imports(std::string_view text, TSNode statement, std::vector<Import>& imports);

}  // namespace nextline::lsp
