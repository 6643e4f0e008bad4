#pragma once

#include "server/answer.h"
#include "server/command_line.h"

namespace nextline::server {

/// Tells what was found on this machine, what was chosen, and why; and what is wrong with the
/// configuration file.
Result<Answer> examine(const GlobalOptions& options, const Configuration& configuration);

}  // namespace nextline::server
