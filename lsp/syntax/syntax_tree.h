#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/session/replacement.h"
#include "lsp/syntax/grammar.h"
#include "lsp/syntax/tree_sitter.h"

namespace nextline::lsp {

/// A name where it is defined or referred to.
struct Tag {
  bool is_definition;
  std::string_view kind;   ///< "function", "call", as the grammar's query has it.
  std::size_t name_first;  ///< The name is the bytes [name_first, name_last).
  std::size_t name_last;
  TSNode node;  ///< The whole definition or reference. Valid until the tree's next update.
};

/// The syntax tree of a text that is being edited. The text lies elsewhere and is handed in; any
/// bytes will do.
///
/// Parsing is given up when it has taken too much work, which is counted and not timed: the same
/// text always has a tree, or has none. Without a tree, a later update tries again.
///
/// Where memory runs out (std::bad_alloc), it is of no use any more and can only be destroyed.
///
/// Belongs to one thread.
class SyntaxTree {
 public:
  /// Parsing is given up after so much work, an update after three quarters of it (`ParseWork`). It
  /// is what a megabyte or two of code takes, in 0.3 s.
  static constexpr std::uint64_t kMostSteps = 2'000'000;
  /// The last resort, should there be texts whose work is not counted right: a parse is also given
  /// up after so much of the thread's processor time.
  static constexpr std::chrono::nanoseconds kMostTime = std::chrono::seconds(2);
  /// Longer texts are not parsed.
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  /// Nodes nested deeper are not looked for.
  static constexpr int kDeepest = 4096;

  /// `grammar` must outlive the tree.
  SyntaxTree(const Grammar& grammar, std::string_view text, std::uint64_t most_steps = kMostSteps,
             std::chrono::nanoseconds most_time = kMostTime);
  /// The same tree, to be followed on its own; nothing is parsed, and little copied.
  SyntaxTree(const SyntaxTree& other, std::uint64_t most_steps);

  const Grammar& grammar() const { return *grammar_; }
  bool has_tree() const { return tree_ != nullptr; }
  /// There must be a tree; valid until the next update.
  TSNode root() const { return ts_tree_root_node(tree_.get()); }

  /// Follows the edits that made `after` of `before`: what they left alone is not parsed again.
  void update(std::string_view before, std::string_view after,
              std::span<const Replacement> replacements);

  /// Calls `visit(node)` for the nodes that begin at or before `first` and end behind `last`, which
  /// is not less than `first`: from the root inwards.
  template <typename Visit>
  void visit_around(std::size_t first, std::size_t last, Visit visit) const {
    if (!tree_) return;
    TreeCursor cursor(root());
    TSNode node = cursor.node();
    for (int depth = 0;
         depth < kDeepest && ts_node_start_byte(node) <= first && ts_node_end_byte(node) > last;
         ++depth) {
      visit(node);
      if (!cursor.to_child_ending_behind(static_cast<std::uint32_t>(last))) return;
      node = cursor.node();
    }
  }

  /// Whether the bytes [first, last) are one whole identifier.
  bool is_identifier(std::size_t first, std::size_t last) const;
  /// Whether a comment has the bytes [first, last), or ends where they do.
  bool is_in_comment(std::size_t first, std::size_t last) const;
  /// The definitions and references below a node whose nodes meet the bytes [first, last), at most
  /// `most`. There must be a tree.
  std::vector<Tag> tags(TSNode below, std::size_t first, std::size_t last, std::size_t most) const;

 private:
  SyntaxTree(const Grammar& grammar, std::uint64_t most_steps, std::chrono::nanoseconds most_time);
  void parse(std::string_view text);
  /// Moves the tree's nodes to where the edits leave them.
  void follow(std::string_view before, std::string_view after,
              std::span<const Replacement> replacements);
  /// Lets go of parser and tree that found no memory amid their work: nobody knows what they hold,
  /// so they are not even freed.
  void leave_as_they_are();

  const Grammar* grammar_;
  std::uint64_t most_steps_;
  std::chrono::nanoseconds most_time_;
  ParserPointer parser_;
  TreePointer tree_;  // Null if parsing took too much.
  // Updates without a new attempt, once one was given up: as many as would not slow typing down.
  std::uint32_t patience_ = 0;
  std::uint32_t updates_until_attempt_ = 0;
};

}  // namespace nextline::lsp
