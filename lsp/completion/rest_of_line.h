#pragma once

#include <cstddef>
#include <string_view>

#include "lsp/completion/lexis.h"

namespace nextline::lsp {

/// How a completion meets what stands behind the cursor on its line.
struct Meeting {
  std::size_t length = 0;    ///< How much of the completion is kept.
  std::size_t taken_up = 0;  ///< Bytes behind the cursor that the completion says again.
};

/// Lets a completion meet the rest of the cursor's line.
///
/// What the completion says of the rest it takes up, so that it stands there once: where the
/// completion ends with the rest, or with a beginning of it that ends no word in its middle; where
/// one of its lines ends with all of the rest; where it closes what the closers of the rest close.
/// Of all these ways, and that of taking up nothing, the one is chosen that leaves the line's
/// brackets and quotes balanced best, and of equal ones the one that takes up most: `foo(bar(|)`
/// and `x)` is completed to `foo(bar(x))`, `foo(bar(|))` as well.
///
/// Then closers that nobody opened, or whose opener is closed by what stands behind the cursor, are
/// cut off, with all that follows them.
Meeting meet_rest_of_line(std::string_view before, std::string_view rest,
                          std::string_view completion, const Lexis& lexis);

}  // namespace nextline::lsp
