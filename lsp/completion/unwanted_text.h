#pragma once

#include <string_view>

namespace nextline::lsp {

/// The beginning of a completion, up to the first thing that nobody wants in a text: bytes that are
/// no UTF-8, U+FFFD, control characters (a "\r" that no "\n" follows is one, "\t" is not), special
/// tokens of models spelled as text, and lines that are markers of a merge.
std::string_view before_unwanted(std::string_view completion, std::string_view line_before);

}  // namespace nextline::lsp
