#include "server/replay/repobench_prompt.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "server/replay/awaited_line.h"

namespace nextline::replay {
namespace {

/// Of the budget, for the text behind the cursor and for the imports of a file that is cut.
constexpr std::size_t kQuarter = 4;

std::string line_of_path(const std::string& path, Language language) {
  return std::string(comment_sign(language)) + " Path: " + path + "\n";
}

std::string other_files(const RepoBenchRow& row, Language language) {
  std::string text = std::string(comment_sign(language)) + " Repo Name: " + row.repo_name + "\n";
  for (const RepoBenchRow::Snippet& snippet : row.context) {
    text += line_of_path(snippet.path, language) + snippet.text + "\n\n";
  }
  return text;
}

std::string head_of_file(const RepoBenchRow& row, Language language) {
  return line_of_path(row.file_path, language) + row.import_statement + "\n";
}

std::string code_of_file(const RepoBenchRow& row) { return row.cropped_code + "\n"; }

std::string without_long_gaps(std::string_view text) {
  constexpr std::size_t kLongGap = 4;  // Line ends.
  std::string result;
  while (!text.empty()) {
    const std::size_t gap = std::min(text.find('\n'), text.size());
    result += text.substr(0, gap);
    text.remove_prefix(gap);
    const std::size_t line_ends = std::min(text.find_first_not_of('\n'), text.size());
    result.append(line_ends >= kLongGap ? 2 : line_ends, '\n');
    text.remove_prefix(line_ends);
  }
  return result;
}

/// Where the lines of a text begin, and where the last one ends.
std::vector<std::size_t> line_begins(std::string_view text) {
  std::vector<std::size_t> begins = {0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') begins.push_back(i + 1);
  }
  if (begins.back() != text.size()) begins.push_back(text.size());
  return begins;
}

/// Whether the text has at most so many tokens. Reads little more of it than they are.
bool fits(const Tokenizer& tokenizer, std::string_view text, std::size_t budget) {
  std::size_t tokens = 0;
  tokenizer.encode_while(text, [&](std::string_view, std::span<const TokenId> of_piece) {
    tokens += of_piece.size();
    return tokens <= budget;
  });
  return tokens <= budget;
}

/// The highest number up to `highest` that `holds`, where it holds up to some number; 0 if for none
/// above.
template <typename Holds>
std::size_t highest_that(std::size_t highest, const Holds& holds) {
  std::size_t low = 0;
  while (low < highest) {
    const std::size_t middle = highest - (highest - low) / 2;
    if (holds(middle)) {
      low = middle;
    } else {
      highest = middle - 1;
    }
  }
  return low;
}

/// The file from its path on, with as many of its last lines as fit.
std::string cut_file(const RepoBenchRow& row, Language language, const Tokenizer& tokenizer,
                     std::size_t budget, std::size_t budget_of_head) {
  std::string head = head_of_file(row, language);
  std::string rest = code_of_file(row);
  if (!fits(tokenizer, head, budget_of_head)) rest = std::exchange(head, "") + rest;
  const std::vector<std::size_t> begins = line_begins(rest);
  const auto with_last = [&](std::size_t lines) {
    return without_long_gaps(head + rest.substr(begins[begins.size() - 1 - lines]));
  };
  return with_last(highest_that(begins.size() - 1, [&](std::size_t lines) {
    return fits(tokenizer, with_last(lines), budget);
  }));
}

std::string cut_prompt(const RepoBenchRow& row, Language language, const Tokenizer& tokenizer,
                       std::size_t budget, std::size_t budget_of_head) {
  std::string whole = repobench_prompt(row, language);
  if (fits(tokenizer, whole, budget)) return whole;
  const std::string file = head_of_file(row, language) + code_of_file(row);
  if (!fits(tokenizer, without_long_gaps(file), budget)) {
    return cut_file(row, language, tokenizer, budget, budget_of_head);
  }
  const std::string others = other_files(row, language);
  const std::vector<std::size_t> begins = line_begins(others);
  const auto with_first = [&](std::size_t lines) {
    const std::string kept = others.substr(0, begins[lines]);
    return without_long_gaps(kept + (kept.empty() ? "" : "\n") + file);
  };
  return with_first(highest_that(begins.size() - 1, [&](std::size_t lines) {
    return fits(tokenizer, with_first(lines), budget);
  }));
}

/// What follows a line in a text, from the line's end on: whole lines, as many as fit.
std::string text_behind(std::string_view text, const TextSpan& line, const Tokenizer& tokenizer,
                        std::size_t budget) {
  const std::size_t line_end = text.find('\n', line.offset + line.length);
  if (line_end == std::string_view::npos) return "";
  text.remove_prefix(text[line_end - 1] == '\r' ? line_end - 1 : line_end);
  const std::vector<std::size_t> begins = line_begins(text);
  const std::size_t lines = highest_that(begins.size() - 1, [&](std::size_t count) {
    return fits(tokenizer, text.substr(0, begins[count]), budget);
  });
  return std::string(text.substr(0, begins[lines]));
}

/// The line's own end and what is behind it left out.
std::string first_line(const std::string& text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

}  // namespace

std::string_view comment_sign(Language language) {
  return language == Language::kPython ? "#" : "//";
}

std::string repobench_prompt(const RepoBenchRow& row, Language language) {
  return without_long_gaps(other_files(row, language) + head_of_file(row, language) +
                           code_of_file(row));
}

Document document_of(const RepoBenchRow& row, Language language, const Tokenizer& tokenizer,
                     std::size_t max_tokens) {
  const std::size_t quarter = max_tokens / kQuarter;
  std::string awaited = first_line(row.next_line);
  std::string behind;
  if (const std::optional<TextSpan> line = find_awaited_line(row)) {
    awaited = row.all_code.substr(line->offset, line->length);
    behind = text_behind(row.all_code, *line, tokenizer, quarter);
  }
  const std::size_t tokens_behind = tokenizer.encode(behind).size();
  std::string text = cut_prompt(row, language, tokenizer, max_tokens - tokens_behind, quarter);
  const std::size_t cursor = text.size();
  return {language, row.file_path, text + behind, cursor, std::move(awaited)};
}

}  // namespace nextline::replay
