#pragma once

#include <string>
#include <vector>

#include "lsp/completion/completer.h"
#include "lsp/settings/pinned_settings.h"

namespace nextline::server {

/// What is one client's own.
struct ClientOptions {
  lsp::Completer::Options completion;
  lsp::PinnedSettings pinned;  ///< Settings that its command line said.
};

/// What a client wants that runs `nextline` with these arguments and is served by another process.
/// `otherwise` where they are not understood.
ClientOptions client_options(const std::vector<std::string>& arguments,
                             const ClientOptions& otherwise);

}  // namespace nextline::server
