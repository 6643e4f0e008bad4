#pragma once

#include <filesystem>
#include <string>

#include "server/command_line.h"
#include "server/remote/remote_server.h"

namespace nextline::server {

/// Stands for all that a process's engine is made of: this program, the model or who completes in
/// its place, the device, every option that is not a client's own, and where caches are kept.
/// Processes whose identities are equal can serve each other's clients; others never meet. 32
/// hexadecimal digits.
///
/// `model`: the file of the model; empty where `remote` completes, which is null where a model
/// does.
std::string engine_identity(const std::filesystem::path& model, const remote::RemoteServer* remote,
                            const GlobalOptions& options, const ServeArguments& arguments,
                            const std::filesystem::path& cache);

}  // namespace nextline::server
