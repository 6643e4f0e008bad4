#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lsp/completion/lexis.h"

namespace nextline::lsp {

/// How the lines of a text are indented.
struct IndentationStyle {
  bool tabs = false;
  std::size_t width = 4;        ///< Columns of a level; with tabs, those that a tab counts as.
  bool width_is_known = false;  ///< Whether the text shows its width.
};

/// The style of the lines around a cursor: that of the nearest indented line above, else below.
/// Nothing if no line near is indented. Looks at some kilobytes on both sides.
std::optional<IndentationStyle> indentation_around(std::string_view before, std::string_view behind,
                                                   const Lexis& lexis);

/// How many columns the blanks at the beginning of a line take.
std::size_t indentation_columns(std::string_view line, const IndentationStyle& style);

/// Whether a line ends as one whose next line is indented deeper: `{`, `:`, `then`, `function f()`.
bool opens_block(std::string_view line, const Lexis& lexis);

/// A completion with the indentation of the text that it continues:
/// - Of blanks that stand before the cursor already, on a blank line, it keeps what is needed.
/// - Its further lines (and its first one where it begins a line) are indented with tabs or spaces
///   as the text is. A level of the completion becomes a level of the text, if the text shows how
///   wide its levels are; what is left is alignment, and is kept. Lines in strings between
///   backticks stay as they are.
std::string with_indentation_of_text(std::string_view before, std::string_view completion,
                                     const IndentationStyle& style, const Lexis& lexis);

}  // namespace nextline::lsp
