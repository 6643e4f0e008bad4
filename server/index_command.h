#pragma once

#include <stop_token>

#include "server/answer.h"
#include "server/command_line.h"

namespace nextline::server {

/// Brings the index over a repository's files and history up to date, for the chosen model's
/// tokeniser, with progress on standard error. Of the model only that is read.
Result<Answer> index(const IndexArguments& arguments, const GlobalOptions& options,
                     std::stop_token stop);

}  // namespace nextline::server
