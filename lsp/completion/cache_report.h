#pragma once

#include <boost/json/object.hpp>
#include <cstdint>

#include "engine/session/cache_state.h"

namespace nextline::lsp {

/// Tokens of a prompt that were computed, and the milliseconds of the passes that did.
struct EncodedTokens {
  std::uint32_t tokens = 0;
  double milliseconds = 0;
};

/// A document's cache as it is, and what was done for it since somebody watches, for those who show
/// it. Sums, so that who misses a report misses nothing; they begin anew with the model, where it
/// was unloaded.
struct CacheReport {
  std::uint64_t number =
      0;  ///< From 1, of those that whoever hands them on has had of the document.
  std::uint32_t updates = 0;  ///< Edits and cursor moves that the cache has followed.
  EncodedTokens opening;      ///< While the document was read for the first time.
  EncodedTokens changes;      ///< For the next completion: what changed, and what is repaired.
  EncodedTokens refresh;      ///< In pauses, of what edits had left stale.
  CacheState state;
};

boost::json::object to_json(const CacheReport& report);

}  // namespace nextline::lsp
