#include <algorithm>
#include <optional>
#include <vector>

#include "engine/speculate/context_tree.h"

namespace nextline {

bool ContextTree::invariants_hold(std::size_t attached) const {
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
    for (const Member below : branches_.members(member.id())) open.push_back(below);
  }
  return cells == attached && nodes == branches_.node_count();
}

// The node counts and names what is below it, and is needed.
bool ContextTree::node_holds(NodeId id) const {
  const Node& node = branches_.node(id);
  const std::vector<Member> below = branches_.members(id);
  std::uint32_t count = 0;
  for (const Member member : below) {
    const CellId newest = branches_.newest(member);
    const Branch& branch = branches_.branch(member);
    count += branches_.count(member);
    if (branch.parent() != id || branch.time != branches_.cell(newest).branch.time) return false;
    if (branch.is_end()) {
      if (!member.is_cell()) return false;
    } else if (branches_.find(id, branches_.cell(back(newest, node.depth)).token) != member) {
      return false;
    }
    if (member.is_cell()) continue;
    const Node& lower = branches_.node(member.id());
    if (lower.depth <= node.depth || lower.label != back(newest, node.depth)) return false;
  }
  if (id == kRoot) return node.depth == 0;
  return below.size() >= 2 && node.depth <= depth_ && node.count == count &&
         node.newest == branches_.newest(node.members) && order_holds(id);
}

// The members are in order from left to right, and the newer one of any two is above.
bool ContextTree::order_holds(NodeId id) const {
  std::vector<Member> path;
  std::optional<std::uint64_t> last;
  Member next = branches_.node(id).members;
  while (next || !path.empty()) {
    for (; next; next = branches_.branch(next).left) path.push_back(next);
    const Branch& branch = branches_.branch(path.back());
    path.pop_back();
    if (last && *last >= branch.order()) return false;
    last = branch.order();
    for (const Member older : {branch.left, branch.right}) {
      if (older && branches_.branch(older).time >= branch.time) return false;
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
