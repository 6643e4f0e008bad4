#include "lsp/protocol/file_uri.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace nextline::lsp {
namespace {

bool takes_prefix(std::string_view& text, std::string_view prefix) {
  const auto same = [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  };
  if (text.size() < prefix.size() ||
      !std::equal(prefix.begin(), prefix.end(), text.begin(),
                  [&](char wanted, char c) { return same(c, wanted); })) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned int byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || parsed.ptr != digits.data() + 2 || byte == 0) return std::nullopt;
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded;
}

}  // namespace

std::optional<std::filesystem::path> path_of(std::string_view uri) {
  if (!takes_prefix(uri, "file:")) return std::nullopt;
  if (takes_prefix(uri, "//")) {
    takes_prefix(uri, "localhost");
  }
  if (uri.empty() || uri.front() != '/') return std::nullopt;
  auto path = percent_decoded(uri.substr(0, uri.find_first_of("?#")));
  if (!path) return std::nullopt;
  return std::filesystem::path(std::move(*path));
}

}  // namespace nextline::lsp
