#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nextline::lsp {

/// The lines of a text that an earlier one has not, those that stand together as one; nothing of
/// blank ones, and nothing at all of texts of which no history is kept: generated, larger than
/// `most_bytes`, not well-formed UTF-8.
std::vector<std::string_view> saved_lines(const std::string& path, std::string_view earlier,
                                          std::string_view text, std::size_t most_bytes);

}  // namespace nextline::lsp
