#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/speculate/branches.h"
#include "engine/tokenizer/token.h"

namespace nextline {

/// The end of a context that occurs in a tree, or nothing. Holds until the tree changes.
struct ContextMatch {
  std::uint32_t length = 0;  ///< Tokens of the context, counted from its end; of nothing, 0.
  std::uint32_t count = 0;   ///< Occurrences, without the one that is excluded.
  // The rest is the tree's.
  Member member = {};
  CellId excluded = kNoCell;
};

/// A place where a match occurs. Holds until the tree changes.
struct Occurrence {
  DocumentId document = 0;
  std::uint32_t time = 0;  ///< When its last token was added: greater is newer.
  CellId cell = kNoCell;   ///< Of its last token.

  bool operator==(const Occurrence&) const = default;
};

/// The suffix tree of reversed texts, down to a bounded depth, as a compressed trie: for each token
/// that is attached it holds the token's context, which is the token itself, the one before it, and
/// so on, up to `depth` tokens or to where its text begins. So the longest end of a context that
/// occurs is found on one walk from the root, a token is added by one insertion, and a change of
/// the text concerns the contexts that it is in: those of fewer than `depth` tokens behind it.
///
/// Texts are chains of cells, each with its neighbours. A leaf is a cell; several cells with one
/// context hang from one node as its ends. An edge's tokens are read from the newest cell below it.
/// Hence a cell may be unlinked or removed only while those whose contexts it is in are detached.
///
/// For one thread at a time.
class ContextTree {
 public:
  /// Tests begin the count of tokens elsewhere.
  explicit ContextTree(std::uint32_t depth, std::uint32_t first_time = 0);

  std::uint32_t depth() const { return depth_; }
  const Cell& cell(CellId id) const { return branches_.cell(id); }
  std::size_t cell_count() const { return branches_.cell_count(); }
  std::size_t bytes() const { return branches_.bytes(); }

  /// A new token, newer than all others, without neighbours and detached.
  CellId add(TokenId token, DocumentId document);
  /// Gives a detached cell's memory back.
  void remove(CellId id) { branches_.remove_cell(id); }
  /// Makes two cells neighbours; with none, `before` ends a text or `behind` begins one.
  void link(CellId before, CellId behind);

  /// Takes the cell's context into the tree. Time is linear in the depth and logarithmic in the
  /// members of the nodes on the way, as is that of `detach`.
  void attach(CellId id);
  /// Takes it out. The context must be as it was when the cell was attached.
  void detach(CellId id);

  /// The longest end of `context` that occurs other than in the context of `excluded`, if that is
  /// not `kNoCell`; then the cell must be attached.
  ContextMatch longest_suffix(std::span<const TokenId> context, CellId excluded) const;
  /// The longest that is shorter and occurs more often, or nothing.
  ContextMatch shorter(const ContextMatch& match) const;
  /// The newest occurrences, at most so many, newest first.
  std::vector<Occurrence> newest(const ContextMatch& match, std::size_t most) const;

  /// Whether all is as it should be: for tests. `attached` is how many cells are. Time is that of
  /// attaching all of them, and more.
  bool invariants_hold(std::size_t attached) const;

 private:
  /// The cell so many tokens before.
  CellId back(CellId id, std::uint32_t tokens) const;
  /// The cell where the edge to a member begins that hangs at `depth`.
  CellId label(Member member, std::uint32_t depth) const;
  /// How many tokens the contexts of all cells below a member have in common, at the most.
  std::uint32_t depth_of(Member member) const;
  /// Hangs a member from a node; its context goes on with the token of `label`, or ends.
  void hang(Member member, NodeId node, CellId label);
  /// A cell below the node has come, which may be the newest; `label` is where the edge begins in
  /// its context.
  void take_added(NodeId node, CellId added, CellId label);
  /// A cell below the node has gone that was the newest.
  void find_newest(NodeId node);
  void set_newest(NodeId node, CellId newest, CellId label);
  /// Puts a node between a member and its parent; `label_behind` is where the member's edge goes on
  /// at `depth`.
  NodeId split(Member member, std::uint32_t depth, CellId label_behind);
  /// Puts a node's only member in its place, and returns its parent.
  NodeId dissolve(NodeId node);
  bool is_below(CellId cell, Member member) const;
  /// Nothing, for the root.
  ContextMatch match(Member member, std::uint32_t length, CellId excluded) const;

  bool node_holds(NodeId id) const;
  bool order_holds(NodeId id) const;
  bool cell_holds(CellId id) const;

  /// Gives the cells the least times that keep their order.
  void renumber();

  std::uint32_t depth_;
  std::uint32_t time_;  // Tokens that have been added.
  Branches branches_;
};

}  // namespace nextline
