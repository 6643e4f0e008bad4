#pragma once

#include <stop_token>

#include "engine/error.h"
#include "server/answer.h"
#include "server/command_line.h"

namespace nextline::server {

/// Replays edits of real code, and says what caches of different kinds make of them.
Result<Answer> replay(const ReplayArguments& arguments, const GlobalOptions& options,
                      std::stop_token stop);

}  // namespace nextline::server
