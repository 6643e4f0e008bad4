#pragma once

#include <filesystem>
#include <string>

#include "server/command_line.h"
#include "server/loaded_engine.h"

namespace nextline::server {

/// Stands for all that a process's engine is made of: this program, the model, the device, every
/// option that is not a client's own, and where caches are kept. Processes whose identities are
/// equal can serve each other's clients; others never meet. 32 hexadecimal digits.
std::string engine_identity(const ModelChoice& choice, const GlobalOptions& options,
                            const ServeArguments& arguments, const std::filesystem::path& cache);

}  // namespace nextline::server
