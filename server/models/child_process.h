#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"

namespace nextline::models {

/// A program to be run. It finds nothing on its standard input.
struct ChildProcess {
  std::vector<std::string> arguments;  ///< The program, looked up in PATH, and its arguments.
  std::vector<std::pair<std::string, std::string>> environment;  ///< Beside what is inherited.
  std::filesystem::path directory;                               ///< Where it works.
  std::filesystem::path output;  ///< Takes its standard output and standard error.
};

/// Runs a program to its end and returns its exit status (128 + n where signal n ended it), calling
/// `tick` several times a second. When stopped, the program is terminated. Fails if the program
/// cannot be started.
Result<int> run_child(const ChildProcess& child, const std::function<void()>& tick,
                      const std::stop_token& stop);

}  // namespace nextline::models
