#pragma once

#include <CLI/CLI.hpp>

#include "server/remote/remote_options.h"

namespace nextline::server {

/// Adds the server elsewhere that completes in place of a model on this machine: --remote and what
/// belongs to it.
void add_remote(CLI::App& command, remote::RemoteOptions& options);

}  // namespace nextline::server
