#pragma once

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

namespace nextline::figures {

/// Whether the text is such a number and nothing else, which `number` then is.
template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// The packages of a corpus: the folders in its folders, one of which is a language's.
inline std::vector<std::filesystem::path> packages_of(const std::filesystem::path& corpus) {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
    if (entry.is_directory() && entry.path().parent_path().parent_path() == corpus) {
      folders.push_back(entry.path());
    }
  }
  std::ranges::sort(folders);
  return folders;
}

}  // namespace nextline::figures
