#pragma once

#include <CLI/CLI.hpp>

#include "engine/backend/sampling.h"
#include "lsp/completion/completion_end.h"
#include "server/command_line.h"

namespace nextline::server {

/// The limits of a completion.
void add_limits(CLI::App& command, std::uint32_t& max_tokens, std::uint32_t& context_length);

/// Where a completion ends.
void add_end(CLI::App& command, lsp::CompletionEndOptions& end);

/// Adds `serve` and its options.
CLI::App* add_serve(CLI::App& app, ServeArguments& arguments);

/// Adds how tokens are drawn: --temperature, --top-p and --sampling-seed.
void add_sampling(CLI::App& command, Sampling& sampling);

}  // namespace nextline::server
