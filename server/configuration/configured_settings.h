#pragma once

#include <vector>

#include "lsp/settings/settings.h"
#include "server/configuration/file_problem.h"
#include "server/configuration/toml.h"

namespace nextline::server {

/// Takes what a file's table of settings says: names and values are those of editors' settings (see
/// `lsp::all_settings`). What is wrong is added to `problems`.
void take_settings(const TomlTable& table, lsp::Settings& settings,
                   std::vector<FileProblem>& problems);

}  // namespace nextline::server
