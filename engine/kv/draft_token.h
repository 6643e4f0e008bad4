#pragma once

#include <cstdint>
#include <optional>

#include "engine/tokenizer/token.h"

namespace nextline {

/// A token of a draft tree behind the end of a sequence, or of its side branch.
struct DraftToken {
  TokenId token;
  /// The row of the same draft that it follows, or nothing: it follows what is there before.
  std::optional<std::uint32_t> parent;
};

}  // namespace nextline
