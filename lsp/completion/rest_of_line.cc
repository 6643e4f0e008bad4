#include "lsp/completion/rest_of_line.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "lsp/completion/bracket_scanner.h"
#include "lsp/completion/text_lines.h"

namespace nextline::lsp {
namespace {

/// How much is looked at before the cursor for openers, and behind it for what is said again. Most
/// files are shorter than the first; a rest that is longer than the second is no line of code.
constexpr std::size_t kSeenBefore = 32768;
constexpr std::size_t kSeenOfRest = 1024;
/// How many ways of taking up the rest are compared, and how many surplus closers looked at: each
/// costs a look at the completion.
constexpr std::size_t kMostWays = 16;
constexpr std::size_t kMostClosers = 32;

constexpr std::string_view kClosers = ")]}\"'`";

bool parts_word(std::string_view text, std::size_t offset) {
  return offset > 0 && offset < text.size() && is_name_byte(text[offset - 1]) &&
         is_name_byte(text[offset]);
}

/// What brackets make of a line.
struct Balance {
  std::size_t unmatched = 0;  ///< Closers that close nothing.
  std::size_t open = 0;       ///< Openers that nothing closes, those left open within others too.
  std::size_t total() const { return unmatched + open; }
};

class LineAtCursor {
 public:
  LineAtCursor(std::string_view before, std::string_view rest, std::string_view completion,
               const Lexis& lexis)
      : rest_(rest.substr(0, kSeenOfRest)), completion_(completion), lexis_(lexis) {
    const std::string_view seen =
        before.substr(before.size() - std::min(before.size(), kSeenBefore));
    is_seen_whole_ = seen.size() == before.size();
    const std::size_t begin = seen.size() - last_line(seen).size();
    line_before_ = seen.substr(begin);
    Scanned above = scan_brackets(seen.substr(0, begin), lexis);
    inside_ = std::move(above.end);
    for (const Bracket& bracket : above.brackets) open_above_.follow(bracket);
  }

  Meeting meet() {
    const Meeting whole = best_way();
    const std::size_t allowed = count_unmatched({0, 0});
    if (lexis_.prose || count_unmatched(whole) <= allowed) return whole;
    std::vector<Bracket> closers = closers_of_completion(whole);
    if (closers.size() > kMostClosers) closers.resize(kMostClosers);
    for (auto closer = closers.rbegin(); closer != closers.rend(); ++closer) {
      completion_ = completion_.substr(0, closer->offset - line_before_.size());
      const Meeting cut = best_way();
      if (count_unmatched(cut) <= allowed) return cut;
    }
    return whole;
  }

 private:
  Meeting best_way() const {
    Meeting best = {completion_.size(), 0};
    std::size_t least = balance_of_line(best).total();
    for (const std::size_t taken_up : ways()) {
      const Meeting meeting = {completion_.size(), taken_up};
      const std::size_t total = balance_of_line(meeting).total();
      if (total < least || (total == least && taken_up > best.taken_up)) {
        best = meeting;
        least = total;
      }
    }
    return best;
  }

  std::vector<Bracket> brackets(const Meeting& meeting) const {
    std::string line(line_before_);
    line.append(completion_.substr(0, meeting.length)).append(rest_.substr(meeting.taken_up));
    return scan_brackets(line, lexis_, inside_).brackets;
  }

  /// Of the line alone: what other lines leave open is no reason to close less here.
  Balance balance_of_line(const Meeting& meeting) const {
    Balance balance;
    OpenBrackets open;
    for (const Bracket& bracket : brackets(meeting)) {
      if (!open.follow(bracket)) ++balance.unmatched;
    }
    balance.open = open.closers().size() + open.left_open();
    return balance;
  }

  /// Closers of the line, the completion in it, that close nothing, also not on the lines above.
  std::size_t count_unmatched(const Meeting& meeting) const {
    std::size_t count = 0;
    OpenBrackets open = open_above_;
    for (const Bracket& bracket : brackets(meeting)) {
      if (!open.follow(bracket) && !may_close_nothing(bracket.mark)) ++count;
    }
    return count;
  }

  bool may_close_nothing(char closer) const {
    // The brace of a class may have been opened further above than we look.
    return (closer == '}' && !is_seen_whole_) || (closer == ')' && lexis_.lone_parentheses);
  }

  /// How much of the rest the completion may say again.
  std::vector<std::size_t> ways() const {
    std::vector<std::size_t> ways;
    add_rest_at_line_end(ways);
    add_empty_string(ways);
    add_closers(ways);
    add_overlaps(0, ways);
    return ways;
  }

  /// The completion ends as the rest goes on behind `said`, bytes that it says elsewhere. The
  /// longest ways come first.
  void add_overlaps(std::size_t said, std::vector<std::size_t>& ways) const {
    const std::string_view rest = rest_.substr(said);
    for (std::size_t length = std::min(completion_.size(), rest.size());
         length > 0 && ways.size() < kMostWays; --length) {
      const std::string_view again = rest.substr(0, length);
      if (!completion_.ends_with(again) || is_blank_line(again)) continue;
      if (is_whole(again.size()) && !parts_word(rest, length)) ways.push_back(said + length);
    }
  }

  /// Whether so many bytes at the completion's end do not begin within a word.
  bool is_whole(std::size_t length) const {
    if (length < completion_.size()) return !parts_word(completion_, completion_.size() - length);
    return line_before_.empty() || !is_name_byte(line_before_.back()) ||
           !is_name_byte(completion_.front());
  }

  void add_rest_at_line_end(std::vector<std::size_t>& ways) const {
    const std::string_view said = without_blanks_behind(rest_);
    if (is_blank_line(said)) return;
    for (std::size_t end = completion_.find('\n'); end != std::string_view::npos;
         end = completion_.find('\n', end + 1)) {
      const std::string_view text = completion_.substr(0, end);
      if (text.ends_with(said) && !parts_word(text, text.size() - said.size())) {
        ways.push_back(said.size());
        return;
      }
    }
  }

  /// The quotes of an empty string give way to the string that the completion says.
  void add_empty_string(std::vector<std::size_t>& ways) const {
    if (rest_.size() < 2 || rest_[0] != rest_[1] || completion_.empty()) return;
    if (rest_[0] != '"' && rest_[0] != '\'' && rest_[0] != '`') return;
    if (completion_.front() == rest_[0] && completion_.find(rest_[0], 1) != completion_.npos) {
      ways.push_back(2);
    }
  }

  /// The rest begins with closers of what the completion closes; behind them the completion may end
  /// as the rest goes on: `");` and `a", b);`.
  void add_closers(std::vector<std::size_t>& ways) const {
    const std::string closed = marks_of(closers_of_completion({completion_.size(), rest_.size()}));
    std::size_t count = 0;
    for (std::size_t at = 0; at < rest_.size() && count < std::min(closed.size(), kMostWays);
         ++at) {
      if (is_blank_within_line(rest_[at])) continue;
      if (kClosers.find(rest_[at]) == std::string_view::npos || rest_[at] != closed[count]) return;
      ++count;
      ways.push_back(at + 1);
      add_overlaps(at + 1, ways);
    }
  }

  static std::string marks_of(const std::vector<Bracket>& brackets) {
    std::string marks;
    for (const Bracket& bracket : brackets) marks += bracket.mark;
    return marks;
  }

  /// The completion's closers that close what was opened before it, or nothing, in order.
  std::vector<Bracket> closers_of_completion(const Meeting& meeting) const {
    std::vector<Bracket> closers;
    OpenBrackets open = open_above_;
    std::size_t least_open = std::string::npos;  // Openers before the cursor that are still open.
    for (const Bracket& bracket : brackets(meeting)) {
      const bool is_before = bracket.offset < line_before_.size();
      if (!is_before && least_open == std::string::npos) least_open = open.closers().size();
      if (bracket.offset >= line_before_.size() + meeting.length) break;
      const bool matches = open.follow(bracket);
      if (is_before || bracket.opens) continue;
      if (!matches || open.closers().size() < least_open) closers.push_back(bracket);
      least_open = std::min(least_open, open.closers().size());
    }
    return closers;
  }

  std::string_view line_before_;
  std::string_view rest_;
  std::string_view completion_;
  const Lexis& lexis_;
  bool is_seen_whole_ = true;
  Inside inside_;            // What the cursor's line begins inside of.
  OpenBrackets open_above_;  // What the lines above leave open.
};

}  // namespace

Meeting meet_rest_of_line(std::string_view before, std::string_view rest,
                          std::string_view completion, const Lexis& lexis) {
  return LineAtCursor(before, rest, completion, lexis).meet();
}

}  // namespace nextline::lsp
