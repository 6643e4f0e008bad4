#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nextline::lsp {

class SyntaxTree;
struct Delimiters;

/// What stands at a place of a text, as far as its syntax tells.
struct CursorSyntax {
  enum class Within : std::uint8_t { kCode, kComment, kString };

  /// Right behind a closing quote is code, right behind an opening one is the string; the end of a
  /// line that a comment goes to is the comment's. Code within a string is code.
  Within within = Within::kCode;
  /// What stands before the cursor opens a block that has nothing in it yet: `def f():`, `if (x)
  /// {`, `then`, `do`; also where the cursor stands on the blank first line of the block.
  bool opens_block = false;
  /// What stands before the cursor on its line ends a statement or a block with its closer, and
  /// nothing but blanks and closers stand behind the cursor there: `x = 1;`, `}`, `end`, `fi`.
  bool ends_statement = false;

  bool operator==(const CursorSyntax&) const = default;
};

/// What stands at `offset` of the text that the tree is of. Either may be null: without a tree the
/// text's lines tell.
CursorSyntax cursor_syntax(const SyntaxTree* tree, const Delimiters* delimiters,
                           std::string_view text, std::size_t offset);

}  // namespace nextline::lsp
