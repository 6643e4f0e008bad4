#pragma once

#include <string_view>
#include <vector>

#include "lsp/syntax/grammar.h"
#include "lsp/syntax/outline.h"
#include "lsp/syntax/tree_sitter.h"

namespace nextline::lsp {

/// Whether a node is a statement that imports, as its name in the grammar tells.
bool is_import_statement(TSNode node);

/// Adds what such a statement imports, name by name. Where the language's rules are not known here,
/// a string in it is the module, else its dotted name; and each name in it may be taken from there.
void read_import_paths(const Grammar& grammar, std::string_view text, TSNode statement,
                       std::vector<OutlineImport>& imports);

}  // namespace nextline::lsp
