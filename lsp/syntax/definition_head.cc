#include "lsp/syntax/definition_head.h"

#include <cstdint>

namespace nextline::lsp {
namespace {

/// "const name = (parameters) => body" is a declaration of a declarator of a function.
constexpr int kDeepestBody = 4;

/// The last child that says something; a null node if there is none.
TSNode last_part(TSNode node) {
  for (std::uint32_t i = ts_node_named_child_count(node); i > 0; --i) {
    const TSNode child = ts_node_named_child(node, i - 1);
    if (!ts_node_is_extra(child)) return child;
  }
  return {};
}

}  // namespace

TSNode function_body(const Grammar& grammar, TSNode function) {
  TSNode node = function;
  for (int depth = 0; depth < kDeepestBody && !ts_node_is_null(node); ++depth) {
    const TSNode body = grammar.body(node);
    if (!ts_node_is_null(body)) return body;
    node = last_part(node);
  }
  return {};
}

std::size_t head_end(TSNode definition, TSNode body) {
  if (ts_node_is_null(body)) return ts_node_end_byte(definition);
  // From the front: to look for a sibling, a tree is searched from its root.
  std::size_t end = ts_node_start_byte(body);
  TreeCursor cursor(definition);
  bool enters = cursor.to_first_child();
  while (enters) {
    const TSNode child = cursor.node();
    if (ts_node_eq(child, body)) break;
    if (ts_node_end_byte(child) >= ts_node_end_byte(body)) {
      enters = cursor.to_first_child();
      continue;
    }
    if (!ts_node_is_extra(child)) end = ts_node_end_byte(child);
    enters = cursor.to_next_sibling();
  }
  return end;
}

}  // namespace nextline::lsp
