#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "lsp/syntax/byte_span.h"
#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {

/// The brackets of a stretch of text that have no partner in it.
struct OpenBrackets {
  struct Bracket {
    std::size_t place;
    char kind;  ///< The bracket itself.
  };
  std::vector<Bracket> opened;  ///< In the order of the text.
  std::vector<Bracket> closed;  ///< Those whose partner would stand before the stretch.
  /// Whether the stretch ends within a string or a comment that goes on behind its last line.
  bool ends_in_token = false;
};

/// The open brackets of the bytes of `stretch`. Brackets in strings
/// and comments are none. They are read off the leaves of the tree, which are right where what is
/// put together of them is not: within errors.
OpenBrackets open_brackets(const SyntaxTree& tree, std::string_view text, ByteSpan stretch);

}  // namespace nextline::lsp
