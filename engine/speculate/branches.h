#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/speculate/block_pool.h"
#include "engine/speculate/member_table.h"
#include "engine/tokenizer/token.h"

namespace nextline {

/// The number of a document in a suffix tree. Never used again.
using DocumentId = std::uint32_t;
/// The number of a token's cell.
using CellId = std::uint32_t;
/// The number of an inner node.
using NodeId = std::uint32_t;

inline constexpr CellId kNoCell = ~0U;
inline constexpr NodeId kRoot = 0;

/// What hangs from a node of the tree: a cell, which is a leaf, or a further node.
class Member {
 public:
  constexpr Member() = default;  ///< Nothing.
  static constexpr Member cell(CellId id) { return Member(id | kIsCell); }
  static constexpr Member node(NodeId id) { return Member(id); }

  constexpr explicit operator bool() const { return value_ != kNothing; }
  constexpr bool is_cell() const { return (value_ & kIsCell) != 0; }
  constexpr std::uint32_t id() const { return value_ & ~kIsCell; }

  bool operator==(const Member&) const = default;

 private:
  static constexpr std::uint32_t kIsCell = 1U << 31;
  static constexpr std::uint32_t kNothing = ~0U;
  constexpr explicit Member(std::uint32_t value) : value_(value) {}

  std::uint32_t value_ = kNothing;
};

/// How a member hangs from its node, and its place among the node's other members.
class Branch {
 public:
  NodeId parent() const { return parent_ & ~kIsEnd; }
  /// A cell whose context ends at the depth of its node; else the context goes on with a token.
  bool is_end() const { return (parent_ & kIsEnd) != 0; }
  /// The order of the members of one node: by the hash of the token that their contexts go on with;
  /// behind these, the ends, by the hash of their cells' numbers. No two are equal.
  std::uint64_t order() const { return std::uint64_t{is_end()} << 32 | key_; }

  /// Without what tells ends from others.
  std::uint32_t key() const { return key_; }

  static std::uint32_t key_of(TokenId token) { return hash(static_cast<std::uint32_t>(token)); }

  void hang_with(NodeId parent, TokenId token) {
    parent_ = parent;
    key_ = key_of(token);
  }
  void hang_as_end(NodeId parent, CellId cell) {
    parent_ = parent | kIsEnd;
    key_ = hash(cell);
  }
  /// In the place of another one, as the tree's edges are concerned.
  void hang_like(const Branch& other) {
    parent_ = other.parent_;
    key_ = other.key_;
  }

  /// When the newest cell of the member was added, in tokens.
  std::uint32_t time = 0;
  /// Members of the same node, all older: those before in order, and those behind.
  Member left;
  Member right;

 private:
  static constexpr std::uint32_t kIsEnd = 1U << 31;

  /// The last step of MurmurHash3 (Appleby), a permutation of the numbers.
  static std::uint32_t hash(std::uint32_t value) {
    value = (value ^ value >> 16) * 0x85EBCA6B;
    value = (value ^ value >> 13) * 0xC2B2AE35;
    return value ^ value >> 16;
  }

  NodeId parent_ = 0;
  std::uint32_t key_ = 0;
};

/// A token of a document. Keeps its number while edits shift its index.
struct Cell {
  TokenId token = 0;
  CellId previous = kNoCell;
  CellId next = kNoCell;
  DocumentId document = 0;
  Branch branch = {};
};

/// A place where contexts part.
struct Node {
  Branch branch = {};
  Member members = {};      // The newest; the others hang from its branch.
  std::uint32_t count = 0;  // Cells below.
  std::uint32_t depth = 0;  // Tokens that the contexts of all cells below have in common.
  CellId newest = kNoCell;  // Of the cells below.
  CellId label = kNoCell;   // Where the edge to the node begins in the context of `newest`.
};

/// The cells and nodes of a suffix tree, and which hang from which.
///
/// The members of a node form a treap (Aragon and Seidel, "Randomized Search Trees"): a binary
/// search tree by the hash of the token that leads to a member, and a heap by the time of the
/// member's newest cell. The one structure does what a hash table and a list by age would do: it
/// finds a member by its token, and gives members newest first, also when the newest are removed
/// and others take their places. As tokens' hashes know nothing of times, its depth is expected to
/// be logarithmic, and what comes often is near the top (Allen and Munro, "Self-Organizing Binary
/// Search Trees": moving what is used to the root). It is not randomised beyond that: tokens that
/// are chosen for their hashes make it slow, and never wrong.
///
/// The root has as many members as there are different tokens, all of them are looked up, and
/// nobody asks which is the newest: they are in a hash table.
///
/// For one thread at a time.
class Branches {
 public:
  Branches() { nodes_.take(Node{}); }

  CellId add(const Cell& cell) { return cells_.take(cell); }
  NodeId add(const Node& node) { return nodes_.take(node); }
  /// They must not hang from anything.
  void remove_cell(CellId id) { cells_.give_back(id); }
  void remove_node(NodeId id) { nodes_.give_back(id); }

  Cell& cell(CellId id) { return cells_[id]; }
  const Cell& cell(CellId id) const { return cells_[id]; }
  Node& node(NodeId id) { return nodes_[id]; }
  const Node& node(NodeId id) const { return nodes_[id]; }

  Branch& branch(Member member) {
    return member.is_cell() ? cells_[member.id()].branch : nodes_[member.id()].branch;
  }
  const Branch& branch(Member member) const {
    return member.is_cell() ? cells_[member.id()].branch : nodes_[member.id()].branch;
  }
  CellId newest(Member member) const {
    return member.is_cell() ? member.id() : nodes_[member.id()].newest;
  }
  std::uint32_t count(Member member) const {
    return member.is_cell() ? 1 : nodes_[member.id()].count;
  }

  /// The member of `node` whose contexts go on with `token`, or nothing.
  Member find(NodeId node, TokenId token) const;
  /// Adds a member to the node that its branch names.
  void insert(Member member);
  /// Takes a member from the node that its branch names.
  void erase(Member member);
  /// Changes a member's time, and its place accordingly.
  void set_time(Member member, std::uint32_t time);
  /// Whether a node that is not the root has one member and no other.
  bool has_one_member(NodeId node) const;

  std::size_t cell_count() const { return cells_.size(); }
  std::size_t node_count() const { return nodes_.size(); }
  std::size_t bytes() const { return cells_.bytes() + nodes_.bytes() + root_members_.bytes(); }
  /// Of any node, in no order.
  std::vector<Member> members(NodeId node) const;
  /// Calls `visit(id)` for each cell, or each node.
  template <typename Visit>
  void for_each_cell(Visit visit) const {
    cells_.for_each(visit);
  }
  template <typename Visit>
  void for_each_node(Visit visit) const {
    nodes_.for_each(visit);
  }

 private:
  /// One treap of two of which the first is before the other in order.
  Member joined(Member before, Member behind);
  /// Parts a treap into those before and those behind a place in order.
  void split(Member members, std::uint64_t order, Member& before, Member& behind);

  BlockPool<Cell> cells_;
  BlockPool<Node> nodes_;
  MemberTable<Member> root_members_;  // By key.
};

}  // namespace nextline
