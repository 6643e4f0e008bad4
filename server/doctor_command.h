#pragma once

#include "server/answer.h"
#include "server/command_line.h"

namespace nextline::server {

/// Tells what was found on this machine, what was chosen, and why.
Result<Answer> examine(const GlobalOptions& options);

}  // namespace nextline::server
