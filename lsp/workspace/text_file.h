#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace nextline::lsp {

/// Whether bytes are text: have no zero byte, and are well-formed UTF-8.
bool is_plain_text(std::string_view bytes);

/// What a file says, without a byte order mark; nothing if it is no regular file, is a link, has
/// more than `most_bytes` bytes, cannot be read, or is no text (`is_plain_text`). Does not
/// wait for pipes and devices.
std::optional<std::string> read_text_file(const std::filesystem::path& path,
                                          std::size_t most_bytes);

}  // namespace nextline::lsp
