#include "lsp/completion/indentation.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "lsp/completion/bracket_scanner.h"
#include "lsp/completion/text_lines.h"

namespace nextline::lsp {
namespace {

/// How much of the text before and behind shows its style: some hundred lines, the nearest ones.
constexpr std::size_t kSeenBefore = 16384;
constexpr std::size_t kSeenBehind = 4096;
/// Of a line, so much is read to tell how it ends.
constexpr std::size_t kSeenOfLine = 1024;
/// Widths of levels, the most frequent first.
constexpr std::array<std::size_t, 4> kWidths = {4, 2, 8, 3};

constexpr std::array<std::string_view, 9> kLastWords = {
    "then", "do", "else", "repeat", "begin", "try", "ensure", "rescue", "in"};
constexpr std::array<std::string_view, 6> kFirstWords = {"function", "local function", "def",
                                                         "class",    "module",         "begin"};

bool begins_with_word(std::string_view line, std::string_view word) {
  return line.starts_with(word) && (line.size() == word.size() || !is_name_byte(line[word.size()]));
}

bool ends_with_word(std::string_view line, std::string_view word) {
  return line.ends_with(word) &&
         (line.size() == word.size() || !is_name_byte(line[line.size() - word.size() - 1]));
}

/// The code of a line: without blanks around it, and without the comment at its end.
std::string_view code_of(std::string_view line, const Lexis& lexis) {
  line = without_blanks(line.substr(0, kSeenOfLine));
  if (scan_brackets(line, lexis).end.kind != Inside::Kind::kLineComment) return line;
  std::size_t comment = 0;
  for (const std::string_view begin : lexis.line_comments) {
    if (begin.empty()) continue;
    const std::size_t found = line.find(begin);
    if (found != std::string_view::npos) comment = found;
  }
  return without_blanks_behind(line.substr(0, comment));
}

/// Whether the next line may be indented as it likes, because this one is not at its end: to align
/// with what stands behind an open bracket, or as whoever wrote it breaks expressions.
bool goes_on(std::string_view line, const Lexis& lexis) {
  const std::string_view code = code_of(line, lexis);
  if (code.empty()) return false;
  OpenBrackets open;
  for (const Bracket& bracket : scan_brackets(code, lexis).brackets) open.follow(bracket);
  if (!open.closers().empty() && open.closers().back() != '}') return true;
  constexpr std::string_view kEndsOfHalf = ",+-*/%&|=<>?.\\";
  return kEndsOfHalf.find(code.back()) != std::string_view::npos;
}

/// Lines of a comment that are aligned with its first: they are indented by one column more.
bool is_aligned_comment(std::string_view line) { return without_blanks(line).starts_with('*'); }

bool shows_style(std::string_view line) {
  return !is_blank_line(line) && !blanks_before(line).empty() && !is_aligned_comment(line);
}

/// The width of a level that most lines behind the opening of a block show; 0 if none does.
std::size_t shown_width(const std::vector<std::string_view>& lines, const Lexis& lexis) {
  std::array<std::size_t, 9> counts = {};
  std::string_view above;
  for (const std::string_view line : lines) {
    if (is_blank_line(line)) continue;
    const std::size_t from = blanks_before(above).size();
    const std::size_t to = blanks_before(line).size();
    if (to >= from + 2 && to < from + counts.size() && opens_block(above, lexis)) {
      ++counts[to - from];
    }
    above = line;
  }
  const auto most = std::ranges::max_element(counts);
  return *most == 0 ? 0 : static_cast<std::size_t>(most - counts.begin());
}

/// The least indentation of lines that have some: what stands nearest to the margin shows what a
/// level may be where no block shows it.
std::size_t least_indentation(const std::vector<std::string_view>& lines, std::size_t least) {
  for (const std::string_view line : lines) {
    const std::size_t width = blanks_before(line).size();
    if (width > 1 && shows_style(line)) least = std::min(least, width);
  }
  return least;
}

/// How the completion's indentation becomes the text's: what exceeds `from` columns is counted in
/// levels of `width` columns.
struct Levels {
  std::size_t from = 0;
  std::size_t width = 4;
};

std::string blanks_of(std::size_t columns, const Levels& levels, const IndentationStyle& style) {
  if (columns <= levels.from && !style.tabs) return std::string(columns, ' ');
  const std::size_t deeper = columns - std::min(columns, levels.from);
  const std::size_t count = deeper / levels.width;
  const std::string aligned(deeper % levels.width, ' ');
  if (style.tabs) return std::string(count, '\t') + aligned;
  return std::string(levels.from + count * style.width, ' ') + aligned;
}

/// Converts the lines of one completion.
class Conversion {
 public:
  Conversion(std::string_view before, std::string_view completion, const IndentationStyle& style,
             const Lexis& lexis)
      : style_(style),
        lexis_(lexis),
        line_before_(last_line(before)),
        line_above_(line_above(before)),
        lines_(lines_of(completion)),
        are_kept_(begin_in_backticks()) {}

  std::string convert() {
    const Levels levels = style_.tabs ? levels_for_tabs() : levels_for_spaces();
    std::string text = first(levels);
    for (std::size_t i = 1; i < lines_.size(); ++i) {
      text += '\n';
      text += are_kept_[i] ? std::string(lines_[i]) : converted(lines_[i], levels);
    }
    return text;
  }

 private:
  /// The last line above the cursor's that is not blank, as far as one is near.
  static std::string_view line_above(std::string_view before) {
    before = before.substr(before.size() - std::min(before.size(), kSeenBefore));
    before.remove_suffix(last_line(before).size());
    const std::size_t end = before.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos) return {};
    return last_line(before.substr(0, end + 1));
  }

  /// Of each line, whether it begins in a string between backticks.
  std::vector<bool> begin_in_backticks() const {
    std::vector<bool> inside(lines_.size());
    if (!lexis_.backticks) return inside;
    Inside at;
    for (std::size_t i = 1; i < lines_.size(); ++i) {
      const char* const above = lines_[i - 1].data();  // To be read with its line end.
      const std::string_view line(above, static_cast<std::size_t>(lines_[i].data() - above));
      at = scan_brackets(line, lexis_, at).end;
      inside[i] = at.kind == Inside::Kind::kString && at.closer == "`";
    }
    return inside;
  }

  /// The cursor's line with what the completion says on it, as far as it can matter.
  std::string cursor_line() const {
    return std::string(line_before_.substr(0, kSeenOfLine)) +
           std::string(line_before_.size() > kSeenOfLine ? "" : lines_.front());
  }

  Levels levels_for_spaces() const {
    Levels same = {0, style_.width};
    if (!style_.width_is_known) return same;
    std::string above = is_blank_line(cursor_line()) ? std::string(line_above_) : cursor_line();
    for (std::size_t i = 1; i < lines_.size(); ++i) {
      const std::string_view line = lines_[i];
      if (is_blank_line(line)) continue;
      if (are_kept_[i]) {
        above = {};  // Blanks in a string are no indentation.
        continue;
      }
      const std::size_t from = indentation_columns(above, style_);
      const std::size_t to = indentation_columns(line, style_);
      const bool is_level = to > from && std::ranges::find(kWidths, to - from) != kWidths.end();
      if (to > from && opens_block(above, lexis_)) {
        if (to - from == style_.width || to - from == 1) return same;
        for (const std::size_t width : kWidths) {
          if (from % style_.width == 0 && to == width * (from / style_.width + 1)) {
            return {0, width};
          }
        }
        if (is_level) return {from, to - from};
        return same;
      }
      above = line;
    }
    return same;
  }

  /// The width that brings the first line with spaces nearest to the level where it should be.
  Levels levels_for_tabs() const {
    std::string above(line_before_.empty() ? line_above_ : std::string_view());
    for (std::size_t i = line_before_.empty() ? 0 : 1; i < lines_.size(); ++i) {
      if (i == 1) above = cursor_line();
      if (i > 1) above = lines_[i - 1];
      const std::string_view blanks = blanks_before(lines_[i]);
      if (!blanks.starts_with(' ') || is_blank_line(lines_[i]) || are_kept_[i]) continue;
      const std::size_t tabs = static_cast<std::size_t>(
          std::ranges::count(blanks_before(is_blank_line(above) ? line_above_ : above), '\t'));
      const std::size_t level = tabs + (opens_block(above, lexis_) ? 1 : 0);
      const auto distance = [&](std::size_t width) {
        const std::size_t count = blanks.size() / width;
        const std::size_t off = count > level ? count - level : level - count;
        return off * 16 + blanks.size() % width;
      };
      return {0, *std::ranges::min_element(kWidths, {}, distance)};
    }
    return {0, style_.width};
  }

  std::string converted(std::string_view line, const Levels& levels) const {
    const std::string_view blanks = blanks_before(line);
    const std::string_view rest = line.substr(blanks.size());
    const bool has_tabs = blanks.find('\t') != std::string_view::npos;
    if (blanks.empty() || (style_.tabs && blanks.front() == '\t')) return std::string(line);
    if (!style_.tabs && !has_tabs && levels.width == style_.width && levels.from == 0) {
      return std::string(line);
    }
    std::string text = blanks_of(indentation_columns(line, style_), levels, style_);
    return text.append(rest);
  }

  std::string first(const Levels& levels) const {
    const std::string_view line = lines_.front();
    if (line_before_.empty()) return converted(line, levels);
    const std::string_view blanks = blanks_before(line);
    if (!is_blank_line(line_before_) || blanks.empty() || blanks.size() == line.size()) {
      return std::string(line);
    }
    const std::size_t typed = indentation_columns(line_before_, style_);
    const std::size_t said = indentation_columns(blanks, style_);
    const std::size_t most = std::max(typed, deepest_wanted());
    const std::size_t kept = said >= typed && typed + said > most ? most - typed : said;
    const std::string_view rest = line.substr(blanks.size());
    if (kept == said && (blanks.front() == '\t') == style_.tabs) return std::string(line);
    return blanks_of(kept, {0, style_.width}, style_).append(rest);
  }

  /// How deep the cursor's line is at most, behind the line above it.
  std::size_t deepest_wanted() const {
    if (goes_on(line_above_, lexis_)) return std::numeric_limits<std::size_t>::max();
    return indentation_columns(line_above_, style_) +
           (opens_block(line_above_, lexis_) ? style_.width : 0);
  }

  const IndentationStyle& style_;
  const Lexis& lexis_;
  std::string_view line_before_;
  std::string_view line_above_;
  std::vector<std::string_view> lines_;
  std::vector<bool> are_kept_;  // Of lines: as they are.
};

}  // namespace

std::optional<IndentationStyle> indentation_around(std::string_view before, std::string_view behind,
                                                   const Lexis& lexis) {
  before = before.substr(before.size() - std::min(before.size(), kSeenBefore));
  const std::vector<std::string_view> above = lines_of(before);
  const std::vector<std::string_view> below = lines_of(behind.substr(0, kSeenBehind));
  std::string_view example;
  if (blanks_before(above.back()).size() > 0) {
    example = above.back();
  } else if (const auto near = std::find_if(above.rbegin(), above.rend(), shows_style);
             near != above.rend()) {
    example = *near;
  } else if (const auto next = std::ranges::find_if(below, shows_style); next != below.end()) {
    example = *next;
  } else {
    return std::nullopt;
  }
  IndentationStyle style = {.tabs = example.front() == '\t'};
  if (style.tabs) return style;
  std::size_t width = shown_width(above, lexis);
  if (width == 0) width = shown_width(below, lexis);
  style.width_is_known = width != 0;
  style.width = width != 0 ? width : least_indentation(above, least_indentation(below, 4));
  if (width == 0 && example.size() > 1) style.width = std::min(style.width, example.size());
  return style;
}

std::size_t indentation_columns(std::string_view line, const IndentationStyle& style) {
  const std::string_view blanks = blanks_before(line);
  const auto tabs = static_cast<std::size_t>(std::ranges::count(blanks, '\t'));
  return blanks.size() - tabs + tabs * style.width;
}

bool opens_block(std::string_view line, const Lexis& lexis) {
  const std::string_view code = code_of(line, lexis);
  if (code.empty()) return false;
  if (code.back() == '{' || code.back() == ':') return true;
  if (std::ranges::any_of(kLastWords, [&](auto word) { return ends_with_word(code, word); })) {
    return true;
  }
  return !ends_with_word(code, "end") && code.back() != ';' && code.back() != '}' &&
         std::ranges::any_of(kFirstWords, [&](auto word) { return begins_with_word(code, word); });
}

std::string with_indentation_of_text(std::string_view before, std::string_view completion,
                                     const IndentationStyle& style, const Lexis& lexis) {
  return Conversion(before, completion, style, lexis).convert();
}

}  // namespace nextline::lsp
