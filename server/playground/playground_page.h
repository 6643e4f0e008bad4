#pragma once

#include <string_view>

namespace nextline::server {

/// The playground: one page of HTML that shows a document being completed and what its cache is.
/// Needs nothing but the language server, at `lsp` beside it: a WebSocket with one JSON-RPC message
/// per text frame.
std::string_view playground_page();

}  // namespace nextline::server
