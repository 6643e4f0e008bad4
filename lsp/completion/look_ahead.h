#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/session/replacement.h"
#include "lsp/completion/session_cache.h"
#include "lsp/completion/speculator.h"

namespace nextline::lsp {

/// A look ahead: the text that a document is going to have if what is suggested is accepted, and
/// the place of the next suggestion in it.
struct LookAhead {
  std::uint64_t id = 0;
  DocumentId document = {};
  SharedText text;
  std::size_t first = 0;   ///< What is accepted stands between here …
  std::size_t cursor = 0;  ///< … and here, where the cursor is then.

  /// The change that is left to be made of a text with the cursor at some place; nothing where that
  /// is none, or more than to accept what is suggested: it has been typed against.
  std::optional<Replacement> way_from(std::string_view present, std::size_t present_cursor) const;
};

}  // namespace nextline::lsp
