#include "lsp/syntax/rest_of_block.h"

#include <algorithm>
#include <optional>

#include "lsp/syntax/lines.h"

namespace nextline::lsp {
namespace {

/// Bytes behind an edit that are worth computing again before all else: some thousand tokens, far
/// more than there is time for between two keys.
constexpr std::size_t kFar = 4096;
/// Statements that stand for what follows in a block whose end is far.
constexpr int kNextStatements = 3;
/// Lines that stand for a block where only indentation tells.
constexpr int kMostIndentedLines = 64;

/// The end of the next few children of a node that begin behind `offset`.
std::size_t end_of_next_children(TSNode node, std::size_t offset) {
  TreeCursor cursor(node);
  std::size_t end = offset;
  int left = kNextStatements;
  if (!cursor.to_child_ending_behind(static_cast<std::uint32_t>(offset))) return end;
  do {
    const TSNode child = cursor.node();
    if (!ts_node_is_named(child)) continue;
    end = std::min<std::size_t>(ts_node_end_byte(child), offset + kFar);
    if (ts_node_start_byte(child) >= offset && !ts_node_is_extra(child)) --left;
  } while (left > 0 && end < offset + kFar && cursor.to_next_sibling());
  return end;
}

}  // namespace

std::size_t end_of_block(const SyntaxTree& tree, std::string_view text, std::size_t first,
                         std::size_t last) {
  const std::size_t end = line_end(text, last);
  std::optional<TSNode> around;
  std::optional<TSNode> with_body;
  bool is_root = true;
  tree.visit_around(first, end, [&](TSNode node) {
    is_root = !around;
    around = node;
    if (!is_root && !ts_node_is_null(tree.grammar().body(node))) with_body = node;
  });
  if (!around) return end;
  if (ts_node_is_error(*around)) return end_of_indented_block(text, last);
  const auto is_near = [&](TSNode node) { return ts_node_end_byte(node) <= last + kFar; };
  if (with_body && is_near(*with_body)) return ts_node_end_byte(*with_body);
  if (!is_root && is_near(*around)) return ts_node_end_byte(*around);
  return std::max(end, end_of_next_children(*around, end));
}

std::size_t end_of_indented_block(std::string_view text, std::size_t last) {
  const std::size_t begin = line_begin(text, last);
  std::size_t end = line_end(text, last);
  auto depth = indentation(text.substr(begin, end - begin));
  const std::size_t farthest = std::min(text.size(), last + kFar);
  std::size_t line = next_line(text, last);
  for (int lines = 0; lines < kMostIndentedLines && line < farthest; ++lines) {
    const std::size_t next = next_line(text, line);
    const auto of_line = indentation(text.substr(line, next - line));
    if (of_line) {
      // A line that is still empty belongs to what follows.
      if (!depth) depth = of_line;
      if (*of_line < *depth) break;
      end = std::min(line_end(text, line), farthest);
    } else if (depth == 0) {
      break;
    }
    line = next;
  }
  return std::max(end, last);
}

}  // namespace nextline::lsp
