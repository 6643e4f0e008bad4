#include "engine/speculate/branches.h"

namespace nextline {

Member Branches::find(NodeId node, TokenId token) const {
  const std::uint64_t order = Branch::order_of(token);
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
  const std::uint64_t order = erased.order();
  Member* link = &nodes_[erased.parent()].members;
  while (*link != member) {
    Branch& at = branch(*link);
    link = order < at.order() ? &at.left : &at.right;
  }
  *link = joined(erased.left, erased.right);
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
