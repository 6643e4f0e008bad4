#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/kv/draft_token.h"

namespace nextline {

/// What became of a draft.
struct DraftOutcome {
  /// The rows of the tree that the model said, too: the known token's, 0, and each a child of the
  /// one before. At least one.
  std::span<const std::uint32_t> followed;
  bool ended = false;       ///< Generation ended with the last of them, so nothing follows it.
  double milliseconds = 0;  ///< The pass that verified the tree.
};

/// Says what a model will probably generate next, so that one pass over several tokens verifies it.
/// Whatever it says, the text that comes of it is the model's own; only the time depends on it.
///
/// One thread at a time.
class Drafter {
 public:
  virtual ~Drafter() = default;

  /// Adds what may follow to a tree whose only token, at index 0, is known. `context`: the tokens
  /// of the document before the place where text is generated, and those generated, up to the known
  /// one; at least as many of them as there are, up to kDraftContext. The tree gets `most_tokens`
  /// at most, each behind its parent, and no two of a parent's are the same token. Nothing added:
  /// the pass computes the known token alone.
  virtual void draft(std::span<const TokenId> context, std::uint32_t most_tokens,
                     std::vector<DraftToken>& tree) = 0;

  /// What became of the tree that `draft` has made last; not told if the pass was cancelled.
  virtual void learn(const DraftOutcome& outcome) { static_cast<void>(outcome); }
};

/// A drafter sees so many tokens before the place, if there are so many.
constexpr std::uint32_t kDraftContext = 64;

}  // namespace nextline
