#pragma once

#include <stop_token>

#include "engine/error.h"
#include "server/answer.h"
#include "server/command_line.h"

namespace nextline::server {

/// `replay` with `--speculation`: types the lines that each repository's newest release changed,
/// and tells what drafts save.
Result<Answer> replay_traces(const ReplayArguments& arguments, const GlobalOptions& options,
                             std::stop_token stop);

}  // namespace nextline::server
