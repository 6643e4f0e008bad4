#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/workspace/ignore_patterns.h"

namespace {

using namespace nextline::lsp;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::size_t kLongestForTwin = 10;  // It takes every way there is.

/// Whether the twin knows what it means.
bool is_simple(std::string_view text) {
  return text.size() <= kLongestForTwin && !text.ends_with('\\') &&
         std::ranges::all_of(text, [](char letter) { return letter > 0 && letter != '['; });
}

/// The slow and simple twin of `matches_name`, for ASCII without brackets.
bool matches_simply(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  const std::string_view rest = pattern.substr(1);
  switch (pattern[0]) {
    case '*':
      return matches_simply(rest, name) ||
             (!name.empty() && matches_simply(pattern, name.substr(1)));
    case '?':
      return !name.empty() && matches_simply(rest, name.substr(1));
    case '\\':
      return !name.empty() && name[0] == rest[0] && matches_simply(rest.substr(1), name.substr(1));
    default:
      return !name.empty() && name[0] == pattern[0] && matches_simply(rest, name.substr(1));
  }
}

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

}  // namespace

// A line for a path below the folder; the others are patterns.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string name(next_line(text));
  std::vector<std::string> lines;
  while (!text.empty()) lines.emplace_back(next_line(text));

  for (const std::string& line : lines) {
    const bool matches = matches_name(line, name);
    if (is_simple(line) && is_simple(name)) require(matches == matches_simply(line, name));
  }

  const IgnorePatterns patterns(lines, {"/w", "/v/u"});
  require(patterns.lines() == lines);
  for (const char* const folder : {"/w/", "/v/u/", "/x/", "/"}) {
    const std::string file = folder + name;
    const bool matches = patterns.match(file);
    // The last line that matches decides, and one that matches nothing changes nothing.
    std::vector<std::string> more = lines;
    more.emplace_back("# a comment");
    require(IgnorePatterns(more, {"/w", "/v/u"}).match(file) == matches);
  }
  return 0;
}
