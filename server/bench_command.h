#pragma once

#include <stop_token>

#include "server/answer.h"
#include "server/command_line.h"

namespace nextline::server {

/// Measures the machine, and on it what `bench` names: a row per figure. Says on standard error
/// what it is at. Fails when stopped.
Result<Answer> measure(const BenchArguments& arguments, const GlobalOptions& options,
                       std::stop_token stop);

}  // namespace nextline::server
