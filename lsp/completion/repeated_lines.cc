#include "lsp/completion/repeated_lines.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "lsp/completion/text_lines.h"

namespace nextline::lsp {
namespace {

/// What is looked at behind the cursor: a model that repeats what follows begins with what follows
/// next, and repeats a few lines.
constexpr std::size_t kSeenBehind = 16384;
constexpr std::size_t kMostNextLines = 64;
/// No slight line is longer, blanks before it left out.
constexpr std::size_t kLongestSlight = 32;

constexpr std::array<std::string_view, 22> kSlightWords = {
    "begin", "break",  "continue", "default", "do",     "done",  "elif",    "else",
    "end",   "endif",  "ensure",   "esac",    "except", "fi",    "finally", "loop",
    "pass",  "return", "then",     "try",     "begin",  "repeat"};

bool is_closing_tag(std::string_view line) {
  return line.starts_with("</") && line.ends_with('>') &&
         line.find_first_of("<>", 2) == line.size() - 1;
}

/// What a line says besides brackets and separators.
std::string_view said_by(std::string_view line) {
  constexpr std::string_view kSaysNothing = "()[]{};:,\"'`/*> \t";
  const std::size_t begin = line.find_first_not_of(kSaysNothing);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kSaysNothing) + 1 - begin);
}

bool is_same_line(std::string_view line, std::string_view other) {
  if (without_blanks(line) != without_blanks(other)) return false;
  return !is_slight(line) || blanks_before(line) == blanks_before(other);
}

/// Lines of a completion that are not blank, and where each begins.
struct Line {
  std::string_view text;
  std::size_t offset;
};

std::vector<Line> lines_with_text(std::string_view completion) {
  std::vector<Line> lines;
  for (const std::string_view line : lines_of(completion)) {
    if (is_blank_line(line)) continue;
    lines.push_back({line, static_cast<std::size_t>(line.data() - completion.data())});
  }
  return lines;
}

/// How many lines from `from` on are the next ones; all of them if the last is only begun.
std::size_t count_said_again(std::span<const Line> lines, std::size_t from,
                             const std::vector<std::string_view>& next) {
  std::size_t count = 0;
  while (from + count < lines.size() && count < next.size() &&
         is_same_line(lines[from + count].text, next[count])) {
    ++count;
  }
  const bool last_is_begun =
      count > 0 && from + count + 1 == lines.size() && count < next.size() &&
      without_blanks(next[count]).starts_with(without_blanks(lines.back().text));
  return last_is_begun ? count + 1 : count;
}

/// Whether lines that are the next ones, though others follow them, show that the completion says
/// these again: two lines do, or one at the margin, where what is defined begins.
bool tells_next_lines(std::span<const Line> lines, std::size_t from, std::size_t count) {
  const auto says_much = [&](std::size_t i) { return !is_slight(lines[from + i].text); };
  if (count == 1) return says_much(0) && blanks_before(lines[from].text).empty();
  return count >= 2 && (says_much(0) || says_much(1));
}

/// The first of the lines, from `from` on, that are the next ones though others follow them; how
/// many there are in all if none is.
std::size_t first_telling_line(std::span<const Line> lines, std::size_t from,
                               const std::vector<std::string_view>& next) {
  for (std::size_t i = from; i < lines.size(); ++i) {
    if (tells_next_lines(lines, i, count_said_again(lines, i, next))) return i;
  }
  return lines.size();
}

/// The same of lines that are the next ones up to the last of them.
std::size_t first_line_of_end(std::span<const Line> lines, std::size_t from,
                              const std::vector<std::string_view>& next) {
  const std::size_t most = next.size() + 1;  // One of them may be only begun.
  for (std::size_t i = std::max(from, lines.size() - std::min(most, lines.size()));
       i < lines.size(); ++i) {
    if (i + count_said_again(lines, i, next) == lines.size()) return i;
  }
  return lines.size();
}

/// Where the line end before an offset begins.
std::size_t before_line_end(std::string_view text, std::size_t offset) {
  return text.substr(0, offset).find_last_not_of(" \t\r\n") + 1;
}

}  // namespace

bool is_slight(std::string_view line) {
  line = without_blanks(line);
  if (line.size() > kLongestSlight) return false;
  const std::string_view said = said_by(line);
  return said.empty() || is_closing_tag(line) ||
         std::ranges::find(kSlightWords, said) != kSlightWords.end();
}

std::string_view without_repetition(std::string_view line_before, std::string_view completion) {
  const std::vector<Line> lines = lines_with_text(completion);
  if (lines.size() < 2) return completion;
  const std::string first = std::string(line_before) + std::string(first_line(completion));
  const auto text_of = [&](std::size_t i) {
    const bool is_first = lines[i].offset < first_line(completion).size();
    return without_blanks(is_first ? std::string_view(first) : lines[i].text);
  };
  const std::string_view last = text_of(lines.size() - 1);
  std::size_t kept = lines.size() - 1;
  // The last line may be only begun, where the model's room ended.
  if (!is_slight(text_of(kept - 1)) && text_of(kept - 1).starts_with(last)) --kept;
  if (kept == lines.size() - 1) return completion;
  while (kept > 0 && text_of(kept - 1) == text_of(kept)) --kept;
  const bool said_twice = kept + 2 < lines.size() || text_of(kept) == last;
  if (!said_twice) return completion;
  return completion.substr(0, before_line_end(completion, lines[kept + 1].offset));
}

std::vector<std::string_view> next_lines(std::string_view behind) {
  const std::size_t seen = std::min(behind.size(), kSeenBehind);
  std::vector<std::string_view> lines = lines_of(behind.substr(0, seen));
  lines.erase(lines.begin());                                    // The rest of the cursor's line.
  if (seen < behind.size() && !lines.empty()) lines.pop_back();  // It may be cut off.
  std::erase_if(lines, is_blank_line);
  lines.resize(std::min(lines.size(), kMostNextLines));
  return lines;
}

std::optional<std::size_t> where_next_lines_begin(std::string_view completion,
                                                  const std::vector<std::string_view>& next) {
  if (next.empty()) return std::nullopt;
  const std::vector<Line> lines = lines_with_text(completion);
  const std::size_t first_ends = first_line(completion).size();
  const auto is_first = [&](const Line& line) { return line.offset < first_ends; };
  const auto from = static_cast<std::size_t>(std::ranges::count_if(lines, is_first));
  std::size_t kept = first_telling_line(lines, from, next);
  // What is left may end with the next lines once more: closers of several blocks do.
  for (std::size_t end = 0; end != kept;) {
    end = kept;
    kept = first_line_of_end(std::span(lines).first(end), from, next);
  }
  if (kept == lines.size()) return std::nullopt;
  return before_line_end(completion, lines[kept].offset);
}

bool is_next_line(std::string_view line, const std::vector<std::string_view>& next) {
  if (next.empty() || is_blank_line(line) || !is_same_line(line, next.front())) return false;
  return !is_slight(line) || (said_by(line).empty() || is_closing_tag(without_blanks(line)));
}

}  // namespace nextline::lsp
