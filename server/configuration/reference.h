#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "lsp/settings/settings.h"
#include "server/configuration/configurable_options.h"

namespace nextline::server {

/// What the documentation says of the command line, the configuration file and the settings, in
/// Markdown: all of it from the tables that they are read by (docs/configuration-reference.md).
std::string reference_of(const CLI::App& program, const ConfigurableOptions& file_options,
                         const lsp::Settings& defaults);

}  // namespace nextline::server
