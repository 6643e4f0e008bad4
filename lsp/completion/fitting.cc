#include "lsp/completion/fitting.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "lsp/completion/indentation.h"
#include "lsp/completion/repeated_lines.h"
#include "lsp/completion/rest_of_line.h"
#include "lsp/completion/text_lines.h"
#include "lsp/completion/unwanted_text.h"

namespace nextline::lsp {
namespace {

/// How much of the text on each side of the cursor is looked at; the rules look at less.
constexpr std::size_t kSeen = 65536;
/// How often the rules are applied: what one of them leaves another may have to cut. Nearly always
/// the second time changes nothing.
constexpr int kMostPasses = 8;

std::string_view at_most(std::string_view completion) {
  if (completion.size() <= kLongestCompletion) return completion;
  completion = completion.substr(0, kLongestCompletion);
  // Without a line end, the character that is cut in two goes with what nobody wants.
  return completion.substr(0, std::min(completion.rfind('\n'), completion.size()));
}

/// Whether lines end with "\r\n": the line end above the cursor tells, else the next one.
bool ends_lines_with_crlf(std::string_view before, std::string_view behind) {
  const std::size_t above = before.rfind('\n');
  if (above != std::string_view::npos) return above > 0 && before[above - 1] == '\r';
  const std::size_t next = behind.find('\n');
  return next != std::string_view::npos && next > 0 && behind[next - 1] == '\r';
}

/// Whether what stands behind the cursor on its line is text that blanks part from a completion.
bool is_text(std::string_view rest) {
  constexpr std::string_view kEnds = " \t)]}\"'`,;:";
  return !rest.empty() && kEnds.find(rest.front()) == std::string_view::npos;
}

/// The completion with "\n" for line ends and no blanks before them.
std::string without_blanks_at_line_ends(std::string_view completion) {
  std::string text;
  text.reserve(completion.size());
  for (const char c : completion) {
    if (c == '\r') continue;  // Only those before a "\n" are left here.
    if (c == '\n') text.resize(without_blanks_behind(text).size());
    text += c;
  }
  return text;
}

void drop_blanks_at_end(std::string& text, std::string_view rest) {
  if (!is_text(rest)) text.resize(text.find_last_not_of(" \t\n") + 1);
}

bool is_blank_text(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string with_crlf(std::string_view text) {
  std::string converted;
  for (const char c : text) {
    if (c == '\n') converted += '\r';
    converted += c;
  }
  return converted;
}

/// Why what has met the rest of the line is not to be shown; nothing if it is.
std::optional<Unfit> why_unfit(std::string_view rest, std::string_view text, const Meeting& meeting,
                               bool was_cut) {
  const std::string_view behind = rest.substr(meeting.taken_up);
  if (is_blank_text(text)) return was_cut ? Unfit::kClosesNothing : Unfit::kBlank;
  if (text == rest.substr(0, meeting.taken_up)) return Unfit::kRepeatsRestOfLine;
  if (was_cut && !behind.empty() && is_name_byte(text.back()) && is_name_byte(behind.front())) {
    return Unfit::kRunsIntoRestOfLine;
  }
  return std::nullopt;
}

/// Applies each rule once.
Fitted fit_once(std::string_view before, std::string_view behind, std::string_view completion,
                const Lexis& lexis) {
  const std::string_view line_before = last_line(before);
  const std::string_view rest = first_line(behind);

  const std::string_view wanted = before_unwanted(at_most(completion), line_before);
  if (is_blank_text(wanted)) {
    return tl::unexpected(wanted.size() < completion.size() && !is_blank_text(completion)
                              ? Unfit::kUnwanted
                              : Unfit::kBlank);
  }
  std::string text = without_blanks_at_line_ends(wanted);
  drop_blanks_at_end(text, rest);

  text.resize(without_repetition(line_before, text).size());
  if (const auto style = indentation_around(before, behind, lexis)) {
    text = with_indentation_of_text(before, text, *style, lexis);
  }
  const std::vector<std::string_view> next = next_lines(behind);
  if (const auto begin = where_next_lines_begin(text, next)) text.resize(*begin);
  if (is_blank_text(text)) return tl::unexpected(Unfit::kRepeatsNextLine);

  const Meeting meeting = meet_rest_of_line(before, rest, text, lexis);
  const bool was_cut = meeting.length < text.size();
  text.resize(meeting.length);
  const std::string_view left = rest.substr(meeting.taken_up);
  drop_blanks_at_end(text, was_cut ? std::string_view() : left);
  if (const auto why = why_unfit(rest, text, meeting, was_cut)) {
    return tl::unexpected(*why);
  }
  if (text.find('\n') == std::string::npos &&
      is_next_line(std::string(line_before).append(text).append(left), next)) {
    return tl::unexpected(Unfit::kRepeatsNextLine);
  }
  if (ends_lines_with_crlf(before, behind)) text = with_crlf(text);
  return FittedText{std::move(text), meeting.taken_up};
}

}  // namespace

std::string_view to_string(Unfit why) {
  switch (why) {
    case Unfit::kBlank:
      return "blank";
    case Unfit::kUnwanted:
      return "unwanted";
    case Unfit::kRepeatsRestOfLine:
      return "repeats the rest of the line";
    case Unfit::kRepeatsNextLine:
      return "repeats the next line";
    case Unfit::kClosesNothing:
      return "closes nothing";
    case Unfit::kRunsIntoRestOfLine:
      return "runs into the rest of the line";
  }
  return "";
}

Fitted fit(std::string_view before, std::string_view behind, std::string_view completion,
           const FittingOptions& options) {
  before = before.substr(before.size() - std::min(before.size(), kSeen));
  behind = behind.substr(0, kSeen);
  Fitted fitted = fit_once(before, behind, completion, options.lexis);
  for (int passes = 1; fitted && passes < kMostPasses; ++passes) {
    Fitted again = fit_once(before, behind, fitted->text, options.lexis);
    if (again == fitted) break;
    fitted = std::move(again);
  }
  return fitted;
}

}  // namespace nextline::lsp
