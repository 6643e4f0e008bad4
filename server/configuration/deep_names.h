#pragma once

#include <optional>
#include <string_view>

#include "server/configuration/file_problem.h"

namespace nextline::server {

/// Where a text of TOML has a name of more parts, "a.b.c", than any configuration needs; nothing if
/// it has none. Each part is a table within the one before, and whoever takes such tables apart
/// needs stack for each: a few kilobytes of dots would use it up.
std::optional<FilePlace> find_deep_name(std::string_view text);

}  // namespace nextline::server
