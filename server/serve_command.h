#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "engine/error.h"
#include "server/answer.h"
#include "server/command_line.h"

namespace nextline::server {

/// Serves clients: one at standard input and output until it says `exit`, closes them, or a stop is
/// requested; any number by TCP and HTTP until a stop is requested. One at the standard streams is
/// served by a process in the background that serves others, too, unless that is not wanted or not
/// possible. Not successful if the one client did not end orderly. Fails if the options are wrong;
/// a model that cannot be had is told to the editors.
///
/// `words`: what this process was given, for another one that is to serve with the same options.
Result<Answer> serve(const ServeArguments& arguments, const GlobalOptions& options,
                     const std::vector<std::string>& words, std::stop_token stop);

}  // namespace nextline::server
