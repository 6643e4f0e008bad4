#pragma once

#include <stop_token>

#include "engine/error.h"
#include "server/answer.h"
#include "server/command_line.h"

namespace nextline::server {

/// `replay` with `--context`: completes lines that use something of another file, and tells what
/// they gain from being shown what other files define.
Result<Answer> replay_contexts(const ReplayArguments& arguments, const GlobalOptions& options,
                               std::stop_token stop);

}  // namespace nextline::server
