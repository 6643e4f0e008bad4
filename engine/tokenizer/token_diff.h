#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/tokenizer/token.h"

namespace nextline {

/// Tokens [first, first + removed) of a text gave way to `inserted` tokens, which now stand at
/// [first, first + inserted). Several are ascending, and each counts on those before it: done in
/// their order, they lead from the old tokens to the new ones.
struct TokenChange {
  std::size_t first;
  std::size_t removed;
  std::size_t inserted;

  bool operator==(const TokenChange&) const = default;
};

struct TokenDiffOptions {
  /// Up to this many tokens on either side are replaced as a whole: what could be kept between them
  /// is not worth the search.
  std::size_t longest_replaced_as_a_whole = 64;
  /// A shorter run of kept tokens between two changes is replaced with them.
  std::size_t shortest_kept = 4;
  /// Steps of the search, a few nanoseconds each. What it has not settled by then is replaced as
  /// a whole. This many suffice where 2,000 tokens of a text have changed.
  std::size_t most_steps = 4'000'000;
};

/// The changes from `before` to `after`; none if they are equal. No change begins or ends with a
/// token that it could keep. The way back is the mirrored one: diff(after, before) has the same
/// changes with `removed` and `inserted` exchanged, `first` counted accordingly.
std::vector<TokenChange> diff(std::span<const TokenId> before, std::span<const TokenId> after,
                              const TokenDiffOptions& options = {});

}  // namespace nextline
