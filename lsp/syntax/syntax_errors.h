#pragma once

#include <compare>
#include <cstddef>

namespace nextline::lsp {

class SyntaxTree;

/// How far a text is from code that can be parsed. Less is better, and being within an error that
/// began further up is worse than any number of errors.
struct SyntaxErrors {
  /// Whether the cursor lies within an error that begins before its line: what surrounds it is not
  /// understood.
  bool is_around = false;
  std::size_t count = 0;  ///< Errors, and tokens that are missing.
  auto operator<=>(const SyntaxErrors&) const = default;
};

/// The errors that end behind `first`; none if there is no tree. Counting ends at some thousands.
/// The cursor's line begins at `line_begin`.
SyntaxErrors syntax_errors(const SyntaxTree& tree, std::size_t first, std::size_t line_begin,
                           std::size_t cursor);

}  // namespace nextline::lsp
