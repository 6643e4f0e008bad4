#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/error.h"

namespace nextline::server {

/// The descriptor by which a process in the background finds the socket that it is to serve.
inline constexpr int kInheritedSocket = 3;

/// Starts this program once more, with these arguments, in a session of its own: it outlives who
/// started it, is nobody's child, and holds nothing open but `socket`, as kInheritedSocket, and the
/// file that takes its standard error. Nobody waits for it.
Result<void> start_in_background(const std::vector<std::string>& arguments, int socket,
                                 const std::filesystem::path& log);

}  // namespace nextline::server
