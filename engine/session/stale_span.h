#pragma once

#include <cstddef>
#include <cstdint>

namespace nextline {

/// Why tokens that are cached may have been computed from a text that is not there any more.
enum class StaleReason : std::uint8_t {
  kBehindEdit,   ///< They stand right behind an edit, in the same piece of syntax.
  kNamesSymbol,  ///< Their line names a symbol whose definition changed.
};

/// Bytes [first, last) of the document's present text, and why they are stale.
struct StaleSpan {
  std::size_t first;
  std::size_t last;
  StaleReason reason;
  bool operator==(const StaleSpan&) const = default;
};

}  // namespace nextline
