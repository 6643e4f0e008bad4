#pragma once

#include <CLI/CLI.hpp>

#include "server/command_line.h"

namespace nextline::server {

/// Adds how clients reach the server, and when it lets go of what nobody uses.
void add_transports(CLI::App& command, ServeArguments& arguments);

}  // namespace nextline::server
