#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/kv/draft_token.h"

namespace nextline::test {

/// The tokens of a draft tree's most likely branch, behind the known one: of each row's children
/// the first.
inline std::vector<TokenId> first_branch(std::span<const DraftToken> tree) {
  std::vector<TokenId> branch;
  std::uint32_t row = 0;
  for (std::uint32_t next = 1; next < tree.size(); ++next) {
    if (tree[next].parent != row) continue;
    branch.push_back(tree[next].token);
    row = next;
  }
  return branch;
}

}  // namespace nextline::test
