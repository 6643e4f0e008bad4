#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "lsp/syntax/cursor_syntax.h"

namespace nextline::lsp {

/// What a language writes between two marks: a string, or a comment.
struct Delimited {
  std::string_view opener;
  std::string_view closer;  ///< Empty if the opener is all of it.
  CursorSyntax::Within within = CursorSyntax::Within::kString;
  bool goes_over_lines = false;
  bool has_escapes = true;     ///< A backslash takes the next byte's meaning away.
  std::string_view code = {};  ///< What opens code within it, closed by the bracket's counterpart.
};

/// How a language sets strings and comments off from code: what can be told of a text that is not
/// parsed, or has errors. A mark stands in the list before those that it begins with.
struct Delimiters {
  std::string_view line_comment;
  std::span<const Delimited> list;

  /// Those of the language of a file, by the end of its name; null if it is not known.
  static const Delimiters* of_file(std::string_view path);

  /// What `last` lies within, if `first` is in code.
  CursorSyntax::Within within(std::string_view text, std::size_t first, std::size_t last) const;
};

}  // namespace nextline::lsp
