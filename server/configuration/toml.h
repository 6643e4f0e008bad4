#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "server/configuration/file_problem.h"

namespace nextline::server {

struct TomlEntry;
struct TomlValue;
/// In the order of the file.
using TomlTable = std::vector<TomlEntry>;
using TomlArray = std::vector<TomlValue>;

/// What stands behind a name, and where it begins. Dates and times are texts.
struct TomlValue {
  std::variant<bool, std::int64_t, double, std::string, TomlArray, TomlTable> value;
  FilePlace place;
};

/// A name, where it stands, and what stands behind it.
struct TomlEntry {
  std::string key;
  FilePlace place;
  TomlValue value;
};

/// Reads a text of TOML 1.0; or says where it first is none. Any bytes may come. Tables and arrays
/// lie within each other no deeper than a configuration could need.
tl::expected<TomlTable, FileProblem> parse_toml(std::string_view text);

}  // namespace nextline::server
