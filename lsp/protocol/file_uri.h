#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace nextline::lsp {

/// The file on this machine that a URI names (RFC 8089); nothing for other schemes, other machines,
/// or a URI that is malformed.
std::optional<std::filesystem::path> path_of(std::string_view uri);

}  // namespace nextline::lsp
