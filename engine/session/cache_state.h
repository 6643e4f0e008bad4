#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nextline {

/// Which part of the prompt a token is.
enum class PromptPart : std::uint8_t {
  kSink,
  kPreamble,  ///< What other files say.
  kMarker,    ///< Of filling in the middle.
  kBefore,    ///< The text before the gap.
  kBehind,    ///< The text behind it.
};

/// What the cache has of a token.
enum class TokenState : std::uint8_t {
  kMissing,   ///< Nothing: it is still to be computed.
  kExact,     ///< What a fresh prefill would make of it, bit for bit.
  kOutdated,  ///< Stale: at the right position, but what stands before it has changed.
};

/// Consecutive tokens of a prompt of which the cache has the same.
struct CacheSpan {
  std::uint32_t tokens = 0;
  PromptPart part = PromptPart::kBefore;
  TokenState state = TokenState::kMissing;
  /// How far they have moved since they were computed, in positions; 0 for what is missing. What is
  /// exact has not moved.
  std::int64_t shift = 0;
  bool is_new = false;  ///< Computed since somebody looked last.
  bool operator==(const CacheSpan&) const = default;
};

/// A session's cache at a glance, for those who show it.
struct CacheState {
  std::vector<CacheSpan> spans;  ///< All of the prompt, in its order; no two neighbours are alike.
  std::uint32_t pieces = 0;      ///< Of the piece table.
  std::uint32_t encoded = 0;     ///< Tokens computed since the session was made …
  double encoding_ms = 0;        ///< … and the milliseconds of the passes that did.
  double splice_us = 0;          ///< Microseconds that the last update of the piece table took.
  std::uint32_t slots = 0;       ///< Tokens that the cache has room for.
  std::uint32_t slots_in_use = 0;
  std::size_t bytes = 0;  ///< Memory that the cache has taken.
};

}  // namespace nextline
