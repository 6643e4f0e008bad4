#pragma once

#include <tree_sitter/api.h>

#include <cstdint>
#include <memory>
#include <string_view>

// Ownership of what tree-sitter's C functions give out.

namespace nextline::lsp {

struct TreeSitterDeleter {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
  void operator()(TSQuery* query) const { ts_query_delete(query); }
  void operator()(TSQueryCursor* cursor) const { ts_query_cursor_delete(cursor); }
};

using ParserPointer = std::unique_ptr<TSParser, TreeSitterDeleter>;
using TreePointer = std::unique_ptr<TSTree, TreeSitterDeleter>;
using QueryPointer = std::unique_ptr<TSQuery, TreeSitterDeleter>;
using QueryCursorPointer = std::unique_ptr<TSQueryCursor, TreeSitterDeleter>;

/// A way down a tree, which begins at a node and never leaves it.
class TreeCursor {
 public:
  explicit TreeCursor(TSNode node) : cursor_(ts_tree_cursor_new(node)) {}
  ~TreeCursor() { ts_tree_cursor_delete(&cursor_); }
  TreeCursor(const TreeCursor&) = delete;
  TreeCursor& operator=(const TreeCursor&) = delete;

  TSNode node() const { return ts_tree_cursor_current_node(&cursor_); }
  /// What the node is to its parent, by the grammar's name; empty if it has none.
  std::string_view field() const {
    const char* const name = ts_tree_cursor_current_field_name(&cursor_);
    return name == nullptr ? std::string_view() : name;
  }
  bool to_first_child() { return ts_tree_cursor_goto_first_child(&cursor_); }
  bool to_parent() { return ts_tree_cursor_goto_parent(&cursor_); }
  /// Goes to the first child that ends behind `offset`; false, and stays, if none does.
  bool to_child_ending_behind(std::uint32_t offset) {
    return ts_tree_cursor_goto_first_child_for_byte(&cursor_, offset) >= 0;
  }
  /// Goes to the next sibling; false, and stays, if there is none.
  bool to_next_sibling() { return ts_tree_cursor_goto_next_sibling(&cursor_); }

 private:
  TSTreeCursor cursor_;
};

}  // namespace nextline::lsp
