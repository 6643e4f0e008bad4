#include "server/replay/source_lines.h"

#include <algorithm>

#include "lsp/syntax/lines.h"

namespace nextline::replay {
namespace {

constexpr std::size_t kFewestTokens = 3;
constexpr std::size_t kLongest = 200;

bool begins_name(char c) { return lsp::is_name_byte(c) && (c < '0' || c > '9'); }

/// Where the string that begins here ends, or the line.
std::size_t end_of_string(std::string_view line, std::size_t first) {
  std::size_t i = first + 1;
  while (i < line.size() && line[i] != line[first]) i += line[i] == '\\' ? 2 : 1;
  return std::min(i + 1, line.size());
}

}  // namespace

std::string_view indentation_of(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

std::string_view without_blanks(std::string_view line) {
  while (!line.empty() && lsp::is_blank(line.back())) line.remove_suffix(1);
  while (!line.empty() && lsp::is_blank(line.front())) line.remove_prefix(1);
  return line;
}

bool has_word(std::string_view text, std::string_view name) {
  for (std::size_t place = text.find(name); place != std::string_view::npos;
       place = text.find(name, place + 1)) {
    const std::size_t end = place + name.size();
    const bool begins = place == 0 || !lsp::is_name_byte(text[place - 1]);
    if (begins && (end == text.size() || !lsp::is_name_byte(text[end]))) return true;
  }
  return false;
}

SourceLines::SourceLines(std::string_view text) : text_(text), begins_{0} {
  for (std::size_t end = text.find('\n'); end != std::string_view::npos;
       end = text.find('\n', end + 1)) {
    begins_.push_back(end + 1);
  }
  begins_.push_back(text.size());
}

std::string_view SourceLines::operator[](std::size_t line) const {
  std::string_view found = with_end(line);
  if (found.ends_with('\n')) found.remove_suffix(1);
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

std::size_t SourceLines::of(std::size_t offset) const {
  const auto behind = std::upper_bound(begins_.begin(), begins_.end() - 1, offset);
  return static_cast<std::size_t>(behind - begins_.begin()) - 1;
}

std::vector<bool> code_lines(const SourceLines& lines, const lsp::Symbols& symbols) {
  std::vector<bool> is_code(lines.count());
  std::vector<std::size_t> first_letters(lines.count());
  for (std::size_t i = 0; i < lines.count(); ++i) {
    is_code[i] = !lines.code(i).empty();
    first_letters[i] = lines.begin(i) + indentation_of(lines[i]).size();
  }
  const auto leave_out = [&](const lsp::ByteSpan& span) {
    if (span.is_empty()) return;
    for (std::size_t i = lines.of(span.first); i <= lines.of(span.last - 1); ++i) {
      if (span.has(first_letters[i])) is_code[i] = false;
    }
  };
  for (const lsp::ByteSpan& span : symbols.prose()) leave_out(span);
  for (const lsp::Import& import : symbols.imports()) leave_out(import.whole);
  for (const lsp::ByteSpan& span : symbols.long_strings()) {
    // The line that it begins in is code, if anything stands before it.
    for (std::size_t i = lines.of(span.first) + 1; i <= lines.of(span.last - 1); ++i) {
      is_code[i] = false;
    }
  }
  return is_code;
}

bool is_worth_awaiting(std::string_view line) {
  const std::string_view code = without_blanks(line);
  if (code.empty() || code.size() > kLongest || code.front() == '@') return false;
  std::size_t tokens = 0;
  bool has_name = false;
  for (std::size_t i = 0; i < code.size();) {
    std::size_t end = i + 1;
    if (code[i] == '"' || code[i] == '\'') {
      end = end_of_string(code, i);
      ++tokens;
    } else if (lsp::is_name_byte(code[i])) {
      while (end < code.size() && lsp::is_name_byte(code[end])) ++end;
      has_name |= begins_name(code[i]) && end - i > 1;
      ++tokens;
    } else if (std::string_view(" \t(){}[],;:").find(code[i]) == std::string_view::npos) {
      ++tokens;
    }
    i = end;
  }
  return has_name && tokens >= kFewestTokens;
}

}  // namespace nextline::replay
