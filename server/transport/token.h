#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "engine/error.h"

namespace nextline::server {

/// A token that nobody guesses: 64 hexadecimal digits.
std::string make_token();

/// The token in a file that only this user can read. Blanks and line ends around it do not count.
/// It has at least 16 characters, all printable and none of them a blank.
Result<std::string> read_token(const std::filesystem::path& path);

/// Whether both are the same, in a time that tells nothing about where they differ.
bool are_equal_tokens(std::string_view given, std::string_view token);

}  // namespace nextline::server
