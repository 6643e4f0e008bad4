#pragma once

#include <stop_token>

#include "engine/error.h"
#include "server/answer.h"
#include "server/command_line.h"

namespace nextline::server {

/// Serves one editor over standard input and standard output until it says `exit`, closes them, or
/// a stop is requested. Not successful if it was not an orderly end. Fails if the options are
/// wrong; a model that cannot be had is told to the editor.
Result<Answer> serve(const ServeArguments& arguments, const GlobalOptions& options,
                     std::stop_token stop);

}  // namespace nextline::server
