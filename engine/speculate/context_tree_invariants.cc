#include <algorithm>
#include <optional>
#include <vector>

#include "engine/speculate/context_tree.h"

namespace nextline {

bool ContextTree::invariants_hold(std::size_t attached) const {
  if (branches_.node(kRoot).count != attached) return false;
  std::size_t nodes = 0;
  std::size_t cells = 0;
  std::vector<Member> open = {Member::node(kRoot)};
  while (!open.empty()) {
    const Member member = open.back();
    open.pop_back();
    if (member.is_cell()) {
      ++cells;
      if (!cell_holds(member.id())) return false;
      continue;
    }
    ++nodes;
    if (!node_holds(member.id())) return false;
    for (const Member below : members(member.id())) open.push_back(below);
  }
  return cells == attached && nodes == branches_.node_count();
}

std::vector<Member> ContextTree::members(NodeId id) const {
  std::vector<Member> found;
  if (const Member first = branches_.node(id).members) found.push_back(first);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Branch branch = branches_.branch(found[i]);
    if (branch.left) found.push_back(branch.left);
    if (branch.right) found.push_back(branch.right);
  }
  return found;
}

// The node counts and names what is below it, and is needed.
bool ContextTree::node_holds(NodeId id) const {
  const Node& node = branches_.node(id);
  const std::vector<Member> below = members(id);
  if (id == kRoot ? node.depth != 0 : below.size() < 2 || node.depth > depth_) return false;
  if (below.empty()) return node.count == 0 && node.newest == kNoCell;
  std::uint32_t count = 0;
  for (const Member member : below) {
    const Branch& branch = branches_.branch(member);
    count += branches_.count(member);
    if (branch.parent() != id) return false;
    if (branch.time != branches_.cell(branches_.newest(member)).branch.time) return false;
    if (member.is_cell()) continue;
    const Node& lower = branches_.node(member.id());
    if (lower.depth <= node.depth || lower.label != back(lower.newest, node.depth)) return false;
  }
  return count == node.count && node.newest == branches_.newest(node.members) &&
         node.branch.time == branches_.branch(node.members).time && members_hold(id);
}

// The members are in order from left to right, the newest at the top, and found by their tokens.
bool ContextTree::members_hold(NodeId id) const {
  const std::uint32_t depth = branches_.node(id).depth;
  std::vector<Member> path;
  std::optional<std::uint64_t> last;
  Member next = branches_.node(id).members;
  while (next || !path.empty()) {
    for (; next; next = branches_.branch(next).left) path.push_back(next);
    const Member member = path.back();
    path.pop_back();
    const Branch& branch = branches_.branch(member);
    if (last && *last >= branch.order()) return false;
    last = branch.order();
    for (const Member older : {branch.left, branch.right}) {
      if (older && branches_.branch(older).time >= branch.time) return false;
    }
    if (!branch.is_end()) {
      const TokenId token = branches_.cell(back(branches_.newest(member), depth)).token;
      if (branches_.find(id, token) != member) return false;
    } else if (!member.is_cell()) {
      return false;
    }
    next = branch.right;
  }
  return true;
}

// The cell's context is what the labels on its way say, and ends where it should.
bool ContextTree::cell_holds(CellId id) const {
  std::vector<CellId> context;
  for (CellId at = id; at != kNoCell && context.size() < depth_;) {
    context.push_back(at);
    at = branches_.cell(at).previous;
  }
  const Branch& branch = branches_.cell(id).branch;
  const std::uint32_t leaf_depth = branches_.node(branch.parent()).depth;
  if (branch.is_end() != (context.size() == leaf_depth) || context.size() < leaf_depth) {
    return false;
  }
  for (NodeId node = branch.parent(); node != kRoot; node = branches_.node(node).branch.parent()) {
    CellId other = branches_.node(node).newest;
    for (std::uint32_t i = 0; i < branches_.node(node).depth; ++i) {
      if (branches_.cell(other).token != branches_.cell(context[i]).token) return false;
      other = branches_.cell(other).previous;
    }
  }
  return true;
}

}  // namespace nextline
