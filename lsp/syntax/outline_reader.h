#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lsp/syntax/outline.h"
#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {

/// Goes through a tree once, from the front, and notes what an outline tells. There must be a tree.
class OutlineReader {
 public:
  OutlineReader(const SyntaxTree& tree, std::string_view text);

  Outline read();

 private:
  /// What a query says of a node that defines a name.
  struct Tagged {
    ByteSpan name;
    OutlineKind kind;
    int rank;  // Of the kinds that one name was given, the least counts.
    TSNode node;
  };
  /// A definition that the reader is in.
  struct Open {
    std::size_t depth;                 // Of its node.
    std::optional<std::size_t> entry;  // None if it is within a function.
    bool shows_members;
  };

  void find_definitions();
  /// Whether to go on inside the node.
  bool enter(TSNode node);
  void leave();
  void add_definition(TSNode node, const Tagged& tagged);
  /// Whether a value stands in a loop, a function without a name or the like.
  bool is_within_statement() const;
  /// The outermost node that says something about the definition alone: what is exported, decorated
  /// or declared in the same line.
  TSNode with_what_decorates(TSNode node) const;
  bool is_body(std::size_t depth) const;
  bool is_public(const OutlineEntry& entry) const;
  ByteSpan comment_before(std::size_t first) const;

  const SyntaxTree& tree_;
  const Grammar& grammar_;
  std::string_view text_;
  Outline outline_;
  std::unordered_map<const void*, std::vector<Tagged>> definitions_;  // By the node.
  std::vector<TSNode> ancestors_;  // Of the node that is entered, the root first.
  std::vector<Open> open_;
  std::vector<std::string_view> access_;  // By depth, what was last said of members there.
};

}  // namespace nextline::lsp
