#include "lsp/syntax/outline.h"

#include <algorithm>

#include "lsp/syntax/lines.h"
#include "lsp/syntax/outline_reader.h"

namespace nextline::lsp {
namespace {

/// The words of a text that could be names.
std::vector<ByteSpan> words_of(std::string_view text) {
  std::vector<ByteSpan> words;
  for (std::size_t first = 0; first < text.size();) {
    std::size_t last = first;
    while (last < text.size() && is_name_byte(text[last])) ++last;
    const bool is_number = first < last && text[first] >= '0' && text[first] <= '9';
    if (first < last && !is_number) words.push_back({first, last});
    first = std::max(last, first + 1);
  }
  return words;
}

std::size_t column_of(std::string_view text, std::size_t offset) {
  const std::size_t begin = line_begin(text, offset);
  std::size_t column = begin;
  while (column < offset && (text[column] == ' ' || text[column] == '\t')) ++column;
  return column - begin;
}

/// Puts a head together, byte by byte.
class HeadWriter {
 public:
  explicit HeadWriter(std::size_t column) : column_(column) {}

  void end_line(std::size_t next_column) {
    drop_blanks();
    if (head_.empty()) return;
    if (brackets_ > 0) {
      wants_blank_ = true;
      return;
    }
    head_ += '\n';
    head_.append(next_column - std::min(column_, next_column), ' ');
  }

  void add(char c) {
    const bool opens = c == '(' || c == '[' || c == '{';
    const bool closes = c == ')' || c == ']' || c == '}';
    if (wants_blank_ && !closes && c != ',' && !ends_with_opening()) head_ += ' ';
    if (wants_blank_ && (c == ')' || c == ']') && head_.ends_with(',')) head_.pop_back();
    wants_blank_ = false;
    if (opens) ++brackets_;
    if (closes && brackets_ > 0) --brackets_;
    head_ += c;
  }

  std::size_t size() const { return head_.size(); }
  void drop_blanks() {
    while (!head_.empty() && is_blank(head_.back())) head_.pop_back();
  }
  std::string take() { return std::move(head_); }

 private:
  bool ends_with_opening() const {
    return head_.ends_with('(') || head_.ends_with('[') || head_.ends_with('{');
  }

  std::size_t column_;  // Of the first line.
  std::string head_;
  int brackets_ = 0;
  bool wants_blank_ = false;  // A line ended within brackets.
};

std::string cut(std::string head, std::size_t most_bytes) {
  if (head.size() <= most_bytes) return head;
  std::size_t end = head.rfind('\n', most_bytes);
  if (end == std::string::npos || end == 0) {
    end = most_bytes;
    const auto continues = [&](std::size_t i) { return (head[i] & '\xC0') == '\x80'; };
    while (end > 0 && continues(end)) --end;
  }
  head.resize(end);
  return head;
}

}  // namespace

Outline Outline::of(std::string_view path, std::string_view text) {
  if (const Grammar* const grammar = Grammar::of_file(path)) {
    const SyntaxTree tree(*grammar, text);
    if (tree.has_tree()) return OutlineReader(tree, text).read();
  }
  Outline outline;
  outline.names_ = words_of(text);
  return outline;
}

bool Outline::knows(std::string_view path) { return Grammar::of_file(path) != nullptr; }

std::vector<std::string_view> Outline::known_endings() { return Grammar::file_endings(); }

std::string Outline::head_text(std::string_view text, const OutlineEntry& entry,
                               std::size_t most_bytes) const {
  HeadWriter writer(column_of(text, entry.head.first));
  auto comment = std::ranges::lower_bound(comments_, entry.head.first, {}, &ByteSpan::first);
  for (std::size_t i = entry.head.first; i < entry.head.last && writer.size() <= most_bytes;) {
    if (comment != comments_.end() && comment->first <= i) {
      i = std::max(i, comment->last);
      ++comment;
      continue;
    }
    if (text[i] == '\n') {
      const std::size_t next = std::min(text.find_first_not_of(" \t\r\n", i), entry.head.last);
      writer.end_line(column_of(text, next));
      i = next;
      continue;
    }
    if (text[i] != '\r') writer.add(text[i]);
    ++i;
  }
  writer.drop_blanks();
  return cut(writer.take(), most_bytes);
}

}  // namespace nextline::lsp
