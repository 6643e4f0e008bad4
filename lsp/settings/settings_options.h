#pragma once

#include <filesystem>
#include <vector>

#include "lsp/completion/completer.h"
#include "lsp/settings/settings.h"

namespace nextline::lsp {

/// The settings that a service's options stand for.
Settings settings_of(const Completer::Options& options);

/// Makes the options what the settings say. `folders` are the workspace's, from which patterns are
/// matched.
void apply(const Settings& settings, const std::vector<std::filesystem::path>& folders,
           Completer::Options& options);

}  // namespace nextline::lsp
