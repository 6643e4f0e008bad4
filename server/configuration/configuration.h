#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "server/configuration/file_problem.h"
#include "server/configuration/toml.h"

namespace nextline::server {

/// A configuration file: what it says of options and settings, and what is wrong with it. It is
/// read once, when the program begins; what is written into it later holds from the next start on.
struct Configuration {
  std::filesystem::path file = {};  ///< Empty: there is no place for one.
  bool is_there = false;            ///< There may be none, unless it was named.
  TomlTable says = {};              ///< Nothing if it could not be read.
  /// A sentence each, with file, line and column where it has them.
  std::vector<std::string> problems = {};

  /// Adds problems, those first that stand first in the file; of many, how many more there are.
  void add(std::vector<FileProblem> found);
};

/// Where it is if no other is named: ${XDG_CONFIG_HOME:-~/.config}/nextline/config.toml.
std::filesystem::path default_configuration_file();

/// Reads the file of this name; none if it is empty.
Configuration read_configuration(const std::filesystem::path& file);
/// Reads the one that there is if no other is named.
Configuration read_default_configuration();

}  // namespace nextline::server
