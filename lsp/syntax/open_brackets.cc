#include "lsp/syntax/open_brackets.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include "lsp/syntax/lines.h"

namespace nextline::lsp {
namespace {

constexpr std::string_view kOpening = "([{";
constexpr std::string_view kClosing = ")]}";

/// As in rf""" of Python.
constexpr std::size_t kLongestDelimiter = 5;

/// Whether a token begins or ends a string that may go over several lines. A back quote that has a
/// name is what a string says.
bool delimits_lines(std::string_view token, bool is_named) {
  if (token.size() > kLongestDelimiter) return false;
  return token.ends_with("\"\"\"") || token.ends_with("'''") || (token == "`" && !is_named);
}

/// Takes the leaves of a stretch, one after the other.
class BracketReader {
 public:
  BracketReader(std::string_view text, ByteSpan stretch)
      : text_(text), stretch_(stretch), line_end_(line_end(text, stretch.last)) {}

  void take(TSNode leaf) {
    const std::size_t first = ts_node_start_byte(leaf);
    const std::size_t last = ts_node_end_byte(leaf);
    if (first < stretch_.first || first >= last) return;
    // No token but a string or a comment goes over the end of a line.
    brackets_.ends_in_token = last > line_end_;
    const std::string_view token = text_.substr(first, last - first);
    const bool is_named = ts_node_is_named(leaf);
    if (delimits_lines(token, is_named)) is_in_lines_ = !is_in_lines_;
    if (!is_named && !is_in_lines_) take_bracket(token, first);
  }

  OpenBrackets finish() {
    brackets_.ends_in_token |= is_in_lines_;
    return std::move(brackets_);
  }

 private:
  void take_bracket(std::string_view token, std::size_t place) {
    // Some tokens begin or end with a bracket: "${", "[[".
    if (kOpening.find(token.back()) != std::string_view::npos) {
      brackets_.opened.push_back({place, token.back()});
    } else if (kClosing.find(token.front()) != std::string_view::npos) {
      if (brackets_.opened.empty()) {
        brackets_.closed.push_back({place, token.front()});
      } else {
        brackets_.opened.pop_back();
      }
    }
  }

  std::string_view text_;
  ByteSpan stretch_;
  std::size_t line_end_;  // Of the line in which the stretch ends.
  OpenBrackets brackets_;
  bool is_in_lines_ = false;
};

}  // namespace

OpenBrackets open_brackets(const SyntaxTree& tree, std::string_view text, ByteSpan stretch) {
  BracketReader reader(text, stretch);
  if (!tree.has_tree()) return reader.finish();
  TreeCursor cursor(tree.root());
  int depth = 0;
  while (true) {
    // Down to the first leaf that is not before the stretch.
    while (depth < SyntaxTree::kDeepest &&
           cursor.to_child_ending_behind(static_cast<std::uint32_t>(stretch.first))) {
      ++depth;
    }
    if (ts_node_start_byte(cursor.node()) >= stretch.last) break;
    reader.take(cursor.node());
    while (!cursor.to_next_sibling()) {
      if (depth-- == 0 || !cursor.to_parent()) return reader.finish();
    }
  }
  return reader.finish();
}

}  // namespace nextline::lsp
