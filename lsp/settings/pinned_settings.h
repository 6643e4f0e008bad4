#pragma once

#include <functional>
#include <map>
#include <string>

namespace nextline::lsp {

/// Settings that no editor changes, by their names, since the command line of the server says them:
/// each with the option that does, "--max-tokens".
using PinnedSettings = std::map<std::string, std::string, std::less<>>;

}  // namespace nextline::lsp
