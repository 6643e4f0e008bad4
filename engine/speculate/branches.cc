#include "engine/speculate/branches.h"

namespace nextline {

Member Branches::find(NodeId node, TokenId token) const {
  const std::uint64_t order = Branch::key_of(token);
  if (node == kRoot) return root_members_.find(Branch::key_of(token));
  Member member = nodes_[node].members;
  while (member) {
    const Branch& at = branch(member);
    const std::uint64_t order_here = at.order();
    if (order == order_here) break;
    member = order < order_here ? at.left : at.right;
  }
  return member;
}

void Branches::insert(Member member) {
  Branch& added = branch(member);
  if (added.parent() == kRoot) {
    root_members_.put(added.key(), member);
    return;
  }
  const std::uint64_t order = added.order();
  Member* link = &nodes_[added.parent()].members;
  while (*link) {
    Branch& at = branch(*link);
    if (at.time < added.time) break;
    link = order < at.order() ? &at.left : &at.right;
  }
  split(*link, order, added.left, added.right);
  *link = member;
}

void Branches::erase(Member member) {
  const Branch& erased = branch(member);
  if (erased.parent() == kRoot) {
    root_members_.erase(erased.key());
    return;
  }
  const std::uint64_t order = erased.order();
  Member* link = &nodes_[erased.parent()].members;
  while (*link != member) {
    Branch& at = branch(*link);
    link = order < at.order() ? &at.left : &at.right;
  }
  *link = joined(erased.left, erased.right);
}

void Branches::set_time(Member member, std::uint32_t time) {
  Branch& changed = branch(member);
  const bool is_newest = nodes_[changed.parent()].members == member;
  if (changed.parent() == kRoot || (is_newest && time > changed.time)) {
    changed.time = time;
    return;
  }
  erase(member);
  changed.time = time;
  insert(member);
}

bool Branches::has_one_member(NodeId node) const {
  const Branch& newest = branch(nodes_[node].members);
  return !newest.left && !newest.right;
}

std::vector<Member> Branches::members(NodeId node) const {
  std::vector<Member> found;
  if (node == kRoot) {
    root_members_.for_each([&](Member member) { found.push_back(member); });
    return found;
  }
  if (const Member newest = nodes_[node].members) found.push_back(newest);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Branch& at = branch(found[i]);
    if (at.left) found.push_back(at.left);
    if (at.right) found.push_back(at.right);
  }
  return found;
}

Member Branches::joined(Member before, Member behind) {
  Member all;
  Member* link = &all;
  while (before && behind) {
    Branch& first = branch(before);
    Branch& second = branch(behind);
    if (first.time > second.time) {
      *link = before;
      link = &first.right;
      before = first.right;
    } else {
      *link = behind;
      link = &second.left;
      behind = second.left;
    }
  }
  *link = before ? before : behind;
  return all;
}

void Branches::split(Member members, std::uint64_t order, Member& before, Member& behind) {
  Member* before_link = &before;
  Member* behind_link = &behind;
  while (members) {
    Branch& at = branch(members);
    if (at.order() < order) {
      *before_link = members;
      before_link = &at.right;
      members = at.right;
    } else {
      *behind_link = members;
      behind_link = &at.left;
      members = at.left;
    }
  }
  *before_link = Member();
  *behind_link = Member();
}

}  // namespace nextline
