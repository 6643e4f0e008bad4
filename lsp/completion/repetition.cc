#include "lsp/completion/repetition.h"

#include <algorithm>
#include <functional>

namespace nextline::lsp {
namespace {

/// What is too much of a piece.
struct Excess {
  std::size_t repetitions;  ///< Behind the first one, at the least.
  std::size_t bytes;        ///< Of all pieces together, at the least.
};
/// A row of a table of zeros and a ruler in a comment are less.
constexpr Excess kOfSigns{8, 100};
/// Of pieces with a letter, few are repeated often: `None, None, None`.
constexpr Excess kOfWords{5, 36};

std::string_view without_blanks_around(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = line.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlanks) + 1 - first);
}

bool only_closes(std::string_view line) {
  return line.find_first_not_of(")]};, \t") == std::string_view::npos;
}

bool has_letter(std::string_view piece) {
  return std::ranges::any_of(piece, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) > 0x7F;
  });
}

}  // namespace

bool LineRepetition::take(std::string_view line) {
  line = without_blanks_around(line);
  const std::size_t hash = std::hash<std::string_view>{}(line);
  const std::size_t here = lines_.size();
  lines_.push_back(hash);
  const auto [known, is_new] = last_seen_.try_emplace(hash, here);
  if (is_new) return false;
  const std::size_t period = here - known->second;
  known->second = here;
  if (only_closes(line) || 2 * period > here) return false;
  for (std::size_t back = 0; back < period; ++back) {
    if (lines_[here - back] != lines_[here - period - back]) return false;
  }
  return lines_[here - 2 * period] == hash;
}

std::optional<std::size_t> PieceRepetition::take(std::string_view line) {
  const std::size_t last = line.size() - 1;
  for (std::size_t length = 1; length <= kLongestPiece && length <= last; ++length) {
    std::size_t& run = runs_[length];
    run = line[last] == line[last - length] ? run + 1 : 0;
    const auto is_too_much = [&](const Excess& excess) {
      return run >= excess.repetitions * length && run + length >= excess.bytes;
    };
    if (is_too_much(kOfWords) &&
        (is_too_much(kOfSigns) || has_letter(line.substr(line.size() - length)))) {
      return line.size() - run;
    }
  }
  return std::nullopt;
}

}  // namespace nextline::lsp
