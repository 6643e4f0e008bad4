#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace nextline::server {

/// Where something begins in a text: both from 1, the column in characters.
struct FilePlace {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  auto operator<=>(const FilePlace&) const = default;
};

/// The place of a byte of a text that is UTF-8 before it.
FilePlace place_of_byte(std::string_view text, std::size_t offset);

/// What is wrong with a configuration file, and where.
struct FileProblem {
  FilePlace place;
  std::string sentence;
};

/// "config.toml:12:1: There is no option 'cache_memry'.", on one line and not long, whatever the
/// sentence quotes of the file.
std::string to_text(const std::filesystem::path& file, const FileProblem& problem);

/// A name as problems show it: within quotes, and cut where it is long.
std::string in_quotes(std::string_view name);

}  // namespace nextline::server
