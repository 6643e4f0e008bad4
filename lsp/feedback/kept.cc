#include "lsp/feedback/kept.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "lsp/completion/text_lines.h"
#include "lsp/protocol/wtf8.h"

namespace nextline::lsp {
namespace {

constexpr std::size_t kMostBytes = std::size_t{16} << 10U;
/// Comparing takes time by the product of both lengths.
constexpr std::size_t kMostCharacters = 2048;

using Characters = std::vector<std::string_view>;

/// The characters that are no blanks.
Characters visible(std::string_view text) {
  Characters characters;
  while (!text.empty()) {
    const std::size_t length = wtf8_character_length(text);
    if (!is_blank(text.front())) characters.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return characters;
}

/// The length of the longest common subsequence (Wagner and Fischer, "The String-to-String
/// Correction Problem"), one row of the table at a time.
std::size_t common_subsequence(const Characters& a, const Characters& b) {
  std::vector<std::size_t> lengths(b.size() + 1, 0);  // For what came of `a` and each prefix of b.
  for (const std::string_view character : a) {
    std::size_t diagonal = 0;
    for (std::size_t i = 1; i <= b.size(); ++i) {
      const std::size_t above = lengths[i];
      lengths[i] = character == b[i - 1] ? diagonal + 1 : std::max(above, lengths[i - 1]);
      diagonal = above;
    }
  }
  return lengths.back();
}

/// The visible characters of those lines of `accepted` that `present` has, too, each as often.
std::size_t in_common_lines(std::string_view accepted, std::string_view present) {
  std::unordered_map<std::string_view, std::size_t> there;
  for (const std::string_view line : lines_of(present)) ++there[without_blanks(line)];
  std::size_t count = 0;
  for (const std::string_view line : lines_of(accepted)) {
    const auto found = there.find(without_blanks(line));
    if (found == there.end() || found->second == 0) continue;
    --found->second;
    count += visible(line).size();
  }
  return count;
}

bool has_half(std::string_view accepted, std::string_view present) {
  const Characters wanted = visible(accepted);
  if (wanted.empty()) return false;
  const Characters there = visible(present);
  const bool is_comparable = wanted.size() <= kMostCharacters && there.size() <= 2 * wanted.size();
  const std::size_t kept =
      is_comparable ? common_subsequence(wanted, there) : in_common_lines(accepted, present);
  return 2 * kept >= wanted.size();
}

}  // namespace

Kept what_is_kept(std::string_view accepted, std::string_view document, std::size_t first,
                  std::size_t last) {
  const std::size_t size = std::min(last - first, kMostBytes);
  const std::string_view behind = document.substr(first);
  // Looking for it takes time by the product of both lengths at the worst.
  const std::size_t begins_within = accepted.size() <= kMostBytes ? size : 0;
  if (behind.substr(0, begins_within + accepted.size()).find(accepted) != std::string_view::npos) {
    return Kept::kWhole;
  }
  return has_half(accepted, behind.substr(0, size)) ? Kept::kPartly : Kept::kGone;
}

std::optional<std::size_t> spelt_at_beginning(std::string_view text, std::string_view wanted) {
  std::size_t at = 0;
  for (const char c : wanted) {
    if (is_blank(c)) continue;
    while (at < text.size() && is_blank(text[at])) ++at;
    if (at == text.size() || text[at] != c) return std::nullopt;
    ++at;
  }
  return at;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace nextline::lsp
