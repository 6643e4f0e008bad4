#include "tests/figures/source_text.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

namespace nextline::figures {
namespace {

/// Letters that a line has at the least to be worth awaiting.
constexpr std::ptrdiff_t kTellingLetters = 8;

}  // namespace

Result<SourceText> SourceText::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure("The file " + path + " could not be read.");
  return SourceText(std::string{std::istreambuf_iterator<char>(file), {}});
}

SourceText::SourceText(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines_.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  if (!lines_.empty() && !lines_.back().ends_with('\n')) lines_.back() += '\n';
}

std::string SourceText::lines(std::size_t first, std::size_t last) const {
  std::string text;
  for (std::size_t i = first; i < std::min(last, lines_.size()); ++i) text += lines_[i];
  return text;
}

SourceText SourceText::cut(const Tokenizer& tokenizer, std::size_t first,
                           std::size_t tokens) const {
  SourceText part("");
  std::size_t count = 0;
  for (std::size_t i = first; i < lines_.size(); ++i) {
    count += tokenizer.encode(lines_[i]).size();
    if (count > tokens) break;
    part.lines_.push_back(lines_[i]);
  }
  return part;
}

std::size_t SourceText::telling_line(std::size_t index) const {
  while (index < lines_.size() && std::ranges::count_if(lines_[index], [](unsigned char c) {
                                    return std::isalpha(c);
                                  }) < kTellingLetters) {
    ++index;
  }
  return index;
}

std::string_view indentation(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::vector<Word> words(std::string_view text) {
  std::vector<Word> found;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && is_word_character(text[end])) ++end;
    if (end > i) found.push_back({i, end - i});
    i = std::max(end, i + 1);
  }
  return found;
}

}  // namespace nextline::figures
