#include "engine/speculate/context_tree.h"

#include <algorithm>
#include <limits>
#include <queue>

namespace nextline {

ContextTree::ContextTree(std::uint32_t depth, std::uint32_t first_time)
    : depth_(std::max(depth, 1U)), time_(first_time) {}

CellId ContextTree::add(TokenId token, DocumentId document) {
  if (time_ == std::numeric_limits<std::uint32_t>::max()) renumber();
  Cell cell = {.token = token, .document = document};
  cell.branch.time = time_++;
  return branches_.add(cell);
}

void ContextTree::link(CellId before, CellId behind) {
  if (before != kNoCell) branches_.cell(before).next = behind;
  if (behind != kNoCell) branches_.cell(behind).previous = before;
}

CellId ContextTree::back(CellId id, std::uint32_t tokens) const {
  for (; tokens > 0; --tokens) id = branches_.cell(id).previous;
  return id;
}

CellId ContextTree::label(Member member, std::uint32_t depth) const {
  return member.is_cell() ? back(member.id(), depth) : branches_.node(member.id()).label;
}

std::uint32_t ContextTree::depth_of(Member member) const {
  return member.is_cell() ? depth_ : branches_.node(member.id()).depth;
}

void ContextTree::hang(Member member, NodeId node, CellId label) {
  if (label == kNoCell || branches_.node(node).depth == depth_) {
    branches_.branch(member).hang_as_end(node, member.id());
  } else {
    branches_.branch(member).hang_with(node, branches_.cell(label).token);
  }
  branches_.insert(member);
}

void ContextTree::attach(CellId id) {
  NodeId node = kRoot;
  CellId at = id;  // The cell of the next token of the context; none where the text begins.
  for (;;) {
    const std::uint32_t node_depth = branches_.node(node).depth;
    const bool ends = at == kNoCell || node_depth == depth_;
    const Member member = ends ? Member() : branches_.find(node, branches_.cell(at).token);
    if (!member) {
      hang(Member::cell(id), node, at);
      return;
    }
    const CellId begin = at;
    CellId other = label(member, node_depth);
    std::uint32_t depth = node_depth;
    const std::uint32_t end = depth_of(member);
    while (depth < end && at != kNoCell && other != kNoCell &&
           branches_.cell(at).token == branches_.cell(other).token) {
      at = branches_.cell(at).previous;
      other = branches_.cell(other).previous;
      ++depth;
    }
    if (member.is_cell() || depth < end) {
      const NodeId middle = split(member, depth, other);
      take_added(middle, id, begin);
      hang(Member::cell(id), middle, at);
      return;
    }
    node = member.id();
    take_added(node, id, begin);
  }
}

void ContextTree::take_added(NodeId id, CellId added, CellId label) {
  Node& node = branches_.node(id);
  ++node.count;
  if (branches_.cell(added).branch.time > node.branch.time) set_newest(id, added, label);
}

NodeId ContextTree::split(Member member, std::uint32_t depth, CellId label_behind) {
  Branch& branch = branches_.branch(member);
  branches_.erase(member);
  const std::uint32_t parent_depth = branches_.node(branch.parent()).depth;
  Node middle = {.count = branches_.count(member),
                 .depth = depth,
                 .newest = branches_.newest(member),
                 .label = label(member, parent_depth)};
  middle.branch.hang_like(branch);
  middle.branch.time = branch.time;
  const NodeId id = branches_.add(middle);
  branches_.insert(Member::node(id));
  if (!member.is_cell()) branches_.node(member.id()).label = label_behind;
  hang(member, id, label_behind);
  return id;
}

void ContextTree::detach(CellId id) {
  NodeId node = branches_.cell(id).branch.parent();
  branches_.erase(Member::cell(id));
  if (node != kRoot && branches_.has_one_member(node)) node = dissolve(node);
  while (node != kRoot) {
    --branches_.node(node).count;
    if (branches_.node(node).newest == id) find_newest(node);
    node = branches_.node(node).branch.parent();
  }
}

void ContextTree::find_newest(NodeId id) {
  const Node& node = branches_.node(id);
  const CellId newest = branches_.newest(node.members);
  set_newest(id, newest, back(newest, branches_.node(node.branch.parent()).depth));
}

void ContextTree::set_newest(NodeId id, CellId newest, CellId label) {
  Node& node = branches_.node(id);
  node.newest = newest;
  node.label = label;
  branches_.set_time(Member::node(id), branches_.cell(newest).branch.time);
}

NodeId ContextTree::dissolve(NodeId id) {
  const Node& node = branches_.node(id);
  const NodeId parent = node.branch.parent();
  const Member member = node.members;
  branches_.erase(Member::node(id));
  branches_.branch(member).hang_like(node.branch);
  if (!member.is_cell()) {
    Node& lower = branches_.node(member.id());
    lower.label = back(lower.newest, branches_.node(parent).depth);
  }
  branches_.insert(member);
  branches_.remove_node(id);
  return parent;
}

ContextMatch ContextTree::longest_suffix(std::span<const TokenId> context, CellId excluded) const {
  const auto longest = static_cast<std::uint32_t>(std::min<std::size_t>(context.size(), depth_));
  const auto token = [&](std::uint32_t depth) { return context[context.size() - 1 - depth]; };
  NodeId node = kRoot;
  std::uint32_t depth = 0;
  while (depth < longest) {
    const Member member = branches_.find(node, token(depth));
    if (!member || member == Member::cell(excluded)) break;
    const std::uint32_t end = std::min(depth_of(member), longest);
    CellId at = label(member, depth);
    while (depth < end && at != kNoCell && branches_.cell(at).token == token(depth)) {
      at = branches_.cell(at).previous;
      ++depth;
    }
    if (member.is_cell() || depth < branches_.node(member.id()).depth) {
      return match(member, depth, excluded);
    }
    node = member.id();
  }
  return match(Member::node(node), depth, excluded);
}

ContextMatch ContextTree::shorter(const ContextMatch& longer) const {
  ContextMatch shorter = longer;
  while (shorter.length > 0 && shorter.count == longer.count) {
    const NodeId parent = branches_.branch(shorter.member).parent();
    shorter = match(Member::node(parent), branches_.node(parent).depth, longer.excluded);
  }
  return shorter;
}

ContextMatch ContextTree::match(Member member, std::uint32_t length, CellId excluded) const {
  if (length == 0) return {};
  const std::uint32_t count = branches_.count(member);
  const bool excludes = excluded != kNoCell && is_below(excluded, member);
  return {.length = length,
          .count = excludes ? count - 1 : count,
          .member = member,
          .excluded = excluded};
}

bool ContextTree::is_below(CellId cell, Member member) const {
  if (member.is_cell()) return member.id() == cell;
  NodeId node = branches_.cell(cell).branch.parent();
  while (branches_.node(node).depth > branches_.node(member.id()).depth) {
    node = branches_.node(node).branch.parent();
  }
  return node == member.id();
}

std::vector<Occurrence> ContextTree::newest(const ContextMatch& match, std::size_t most) const {
  // Members whose own newest cells are the newest of all that have not been taken.
  struct Open {
    std::uint32_t time;
    Member member;
    bool has_siblings;
    bool operator<(const Open& other) const { return time < other.time; }
  };
  std::vector<Occurrence> found;
  found.reserve(std::min<std::size_t>(most, match.count));
  std::priority_queue<Open> open;
  const auto push = [&](Member member, bool has_siblings) {
    if (member) open.push({branches_.branch(member).time, member, has_siblings});
  };
  push(match.length > 0 ? match.member : Member(), false);
  while (found.size() < most && !open.empty()) {
    const auto [time, member, has_siblings] = open.top();
    open.pop();
    if (has_siblings) {
      push(branches_.branch(member).left, true);
      push(branches_.branch(member).right, true);
    }
    if (!member.is_cell()) {
      push(branches_.node(member.id()).members, true);
    } else if (member.id() != match.excluded) {
      found.push_back({branches_.cell(member.id()).document, time, member.id()});
    }
  }
  return found;
}

void ContextTree::renumber() {
  std::vector<CellId> cells;
  cells.reserve(branches_.cell_count());
  branches_.for_each_cell([&](CellId id) { cells.push_back(id); });
  std::ranges::sort(cells, {}, [&](CellId id) { return branches_.cell(id).branch.time; });
  time_ = 0;
  for (const CellId id : cells) branches_.cell(id).branch.time = time_++;
  branches_.for_each_node([&](NodeId id) {
    Node& node = branches_.node(id);
    if (id != kRoot) node.branch.time = branches_.cell(node.newest).branch.time;
  });
}

}  // namespace nextline
