#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace nextline::lsp {

/// What a file says, without a byte order mark; nothing if it is no regular file, is a link, has
/// more than `most_bytes` bytes, cannot be read, or is no text: has a zero byte, or is not
/// well-formed UTF-8. Does not wait for pipes and devices.
std::optional<std::string> read_text_file(const std::filesystem::path& path,
                                          std::size_t most_bytes);

}  // namespace nextline::lsp
