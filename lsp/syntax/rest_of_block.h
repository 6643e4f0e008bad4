#pragma once

#include <cstddef>
#include <string_view>

#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {

/// Where the piece of syntax ends that has the bytes [first, last), which an edit brought, and goes
/// on behind their last line: the function, class or loop. Where that is far or there is none, it
/// is the end of the next few statements. At least the end of the line.
std::size_t end_of_block(const SyntaxTree& tree, std::string_view text, std::size_t first,
                         std::size_t last);

/// The same for a text without a tree, by its indentation: up to a line that is indented less than
/// that of `last`, or, of lines that are not indented, to the end of the paragraph.
std::size_t end_of_indented_block(std::string_view text, std::size_t last);

}  // namespace nextline::lsp
