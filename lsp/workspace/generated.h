#pragma once

#include <string_view>

namespace nextline::lsp {

/// Whether a file is written by a tool and not by hand, as its name tells: the lock files of
/// package managers, minified scripts and style sheets, source maps. Nobody types what stands in
/// them, and they change by thousands of lines at a time.
bool is_generated(std::string_view path);

/// Whether most of a text stands in lines longer than 400 bytes: minified code, data in one line.
/// People break lines long before; a few long ones among others, a table or an address, do no harm.
bool has_endless_lines(std::string_view text);

}  // namespace nextline::lsp
