#include "lsp/syntax/syntax_errors.h"

#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {
namespace {

/// Nodes that are looked at. Those without errors cost nothing but a look, yet an error may have
/// the tokens of a whole file.
constexpr int kMostNodes = 20'000;

}  // namespace

SyntaxErrors syntax_errors(const SyntaxTree& tree, std::size_t first, std::size_t line_begin,
                           std::size_t cursor) {
  SyntaxErrors errors;
  if (!tree.has_tree()) return errors;
  TreeCursor way(tree.root());
  int depth = 0;
  for (int nodes = 0; nodes < kMostNodes; ++nodes) {
    const TSNode node = way.node();
    const bool is_error = ts_node_is_error(node);
    const bool is_near = ts_node_end_byte(node) > first;
    errors.count += is_near && (is_error || ts_node_is_missing(node)) ? 1 : 0;
    errors.is_around |=
        is_error && ts_node_start_byte(node) < line_begin && ts_node_end_byte(node) > cursor;
    if (is_near && ts_node_has_error(node) && depth < SyntaxTree::kDeepest &&
        way.to_first_child()) {
      ++depth;
      continue;
    }
    while (!way.to_next_sibling()) {
      if (depth-- == 0 || !way.to_parent()) return errors;
    }
  }
  return errors;
}

}  // namespace nextline::lsp
