#include "server/configuration/file_problem.h"

#include <algorithm>
#include <cstddef>

namespace nextline::server {
namespace {

constexpr std::size_t kMostShownBytes = 80;
constexpr std::size_t kMostSentenceBytes = 400;

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

/// What stands at the front, whole characters of UTF-8.
std::string shortened(std::string_view text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return std::string(text);
  std::size_t end = most_bytes;
  while (end > 0 && continues_character(text[end])) --end;
  return std::string(text.substr(0, end)) + "…";
}

bool is_control(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte < 0x20 || byte == 0x7F;
}

}  // namespace

FilePlace place_of_byte(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::string_view in_line = before.substr(before.rfind('\n') + 1);  // All if there is none.
  const auto characters = in_line.size() - std::ranges::count_if(in_line, continues_character);
  return {static_cast<std::uint32_t>(std::ranges::count(before, '\n') + 1),
          static_cast<std::uint32_t>(characters + 1)};
}

std::string to_text(const std::filesystem::path& file, const FileProblem& problem) {
  std::string sentence = shortened(problem.sentence, kMostSentenceBytes);
  std::ranges::replace_if(sentence, is_control, ' ');
  return file.string() + ":" + std::to_string(problem.place.line) + ":" +
         std::to_string(problem.place.column) + ": " + sentence;
}

std::string in_quotes(std::string_view name) {
  std::string text = "'";
  return text.append(shortened(name, kMostShownBytes)).append("'");
}

}  // namespace nextline::server
