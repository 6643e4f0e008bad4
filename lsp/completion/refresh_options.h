#pragma once

#include <chrono>
#include <cstdint>

namespace nextline::lsp {

/// How caches are made exact while the user pauses: what edits left stale is computed again, until
/// the cache is that of a document that has just been opened.
struct RefreshOptions {
  bool enabled = true;
  /// It begins when nobody has edited or asked for so long, and nothing was left to prepare.
  std::chrono::milliseconds pause{500};
  /// Threads that compute it: a laptop's fan and the user's own programs matter more than its end.
  std::uint32_t threads = 1;
  /// Whether to go on while the machine runs on battery.
  bool on_battery = false;
  /// Tokens that are computed in one pause at most; 0: until all caches are exact.
  std::uint32_t most_tokens = 0;
};

}  // namespace nextline::lsp
