#pragma once

#include <stop_token>

#include "server/answer.h"
#include "server/command_line.h"

namespace nextline::server {

/// Lists the catalogue, fetches a model or verifies one, with progress on standard error.
Result<Answer> manage_models(const ModelsArguments& arguments, std::stop_token stop);

}  // namespace nextline::server
