#pragma once

#include <string>
#include <vector>

#include "lsp/completion/completer.h"

namespace nextline::server {

/// What a client wants that runs `nextline` with these arguments and is served by another process:
/// of its options, those that are a client's own. `otherwise` where they are not understood.
lsp::Completer::Options client_options(const std::vector<std::string>& arguments,
                                       const lsp::Completer::Options& otherwise);

}  // namespace nextline::server
