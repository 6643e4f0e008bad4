#pragma once

#include <stop_token>

#include "server/answer.h"
#include "server/command_line.h"

namespace nextline::server {

/// Completes the line at a place of a file. When stopped, answers with what was generated so far.
Result<Answer> complete(const CompleteArguments& arguments, const GlobalOptions& options,
                        std::stop_token stop);

}  // namespace nextline::server
