#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/session/replacement.h"
#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {

/// Symbols whose definitions edits changed.
struct ChangedSymbol {
  std::string name;
  /// Parameters, variables and imports: they say less than what is a definition of its own.
  bool is_incidental;
  std::size_t edit_end;  ///< Where in the new text the first edit ends that changed it.
};

/// The two texts that an edit lies between.
struct EditedTexts {
  std::string_view before;
  std::string_view after;
};

enum class Side : std::uint8_t { kBefore, kAfter };

/// Adds what the edit changed of the definitions that the tree of one of the two texts has. A
/// definition is changed by what changes its head: a function's name and parameters, a variable's
/// value, but not a body. Blanks and comments change nothing.
void add_changed_definitions(const SyntaxTree& tree, Side side, const EditedTexts& texts,
                             const Replacement& edit, std::vector<ChangedSymbol>& symbols);

}  // namespace nextline::lsp
