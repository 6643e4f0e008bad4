#include "server/replay/awaited_line.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace nextline::replay {
namespace {

/// So many lines are compared; two places that agree in all of them are not told apart. It bounds
/// the work on files that repeat themselves.
constexpr std::size_t kMostLines = 64;

constexpr std::string_view kBlanks = " \t\r\f\v";

std::string_view without_blanks_behind(std::string_view line) {
  return line.substr(0, line.find_last_not_of(kBlanks) + 1);
}

std::string_view without_blanks_around(std::string_view line) {
  line = without_blanks_behind(line);
  return line.substr(std::min(line.find_first_not_of(kBlanks), line.size()));
}

/// The lines that are not blank, without the blanks at their ends; each is a part of `text`.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = without_blanks_behind(text.substr(0, end));
    if (!line.empty()) lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

/// How many lines agree at the ends of the first `count` lines of `file` and of `above`.
std::size_t agreement(const std::vector<std::string_view>& file, std::size_t count,
                      const std::vector<std::string_view>& above) {
  const std::size_t most = std::min({count, above.size(), kMostLines});
  std::size_t lines = 0;
  while (lines < most && file[count - 1 - lines] == above[above.size() - 1 - lines]) ++lines;
  return lines;
}

}  // namespace

std::optional<TextSpan> find_awaited_line(const RepoBenchRow& row) {
  const std::vector<std::string_view> file = lines_of(row.all_code);
  const std::vector<std::string_view> above = lines_of(row.cropped_code);
  std::size_t longest = 0;
  std::size_t awaited = 0;
  bool is_certain = false;
  for (std::size_t count = 0; count <= file.size(); ++count) {
    const std::size_t lines = agreement(file, count, above);
    if (lines > longest) {
      longest = lines;
      awaited = count;
      is_certain = true;
    } else if (lines == longest) {
      is_certain = false;
    }
  }
  if (!is_certain || awaited == file.size()) return std::nullopt;

  const std::string_view next_line = row.next_line;
  const std::string_view line = file[awaited];
  const auto expected = lines_of(next_line);
  if (expected.size() != 1 ||
      without_blanks_around(line) != without_blanks_around(expected.front())) {
    return std::nullopt;
  }
  const auto offset = static_cast<std::size_t>(line.data() - row.all_code.data());
  return TextSpan{offset, line.size()};
}

}  // namespace nextline::replay
