#pragma once

#include <string_view>
#include <vector>

#include "engine/session/stale_span.h"
#include "lsp/syntax/changed_definitions.h"
#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {

/// A name with more uses than this says nothing about a line: "self", "i".
inline constexpr std::size_t kMostUses = 32;

/// The lines behind the edits that name one of the symbols, most valuable first: lines that name
/// a definition of its own come before those that name something incidental, and lines with rarer
/// names before those with others. A name in a comment or a string is none.
std::vector<StaleSpan> lines_naming(const SyntaxTree& tree, std::string_view text,
                                    std::vector<ChangedSymbol> symbols);

}  // namespace nextline::lsp
