#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "lsp/context/indexed_file.h"

namespace nextline::lsp {

/// A definition as a model is shown it: its head, and those of some of its members within it, by
/// number; what is left out is marked as the language's stubs have it. Without a line end behind
/// it.
std::string definition_text(const IndexedFile& file, std::size_t number,
                            std::span<const std::size_t> members);

/// What begins a comment that ends with its line, in the language of a file (`language_of`).
std::string_view comment_mark(std::string_view language);

}  // namespace nextline::lsp
