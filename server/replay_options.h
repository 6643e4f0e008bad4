#pragma once

#include <CLI/CLI.hpp>

#include "server/command_line.h"

namespace nextline::server {

/// Adds `replay` and its options.
CLI::App* add_replay(CLI::App& app, ReplayArguments& arguments);

}  // namespace nextline::server
