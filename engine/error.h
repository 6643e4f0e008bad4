#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace nextline {

/// Why something could not be done. Every boundary of the engine returns one of these instead of
/// throwing; exceptions of libraries are caught where the library is called.
struct Error {
  /// One whole sentence for the user: what failed, with which input, and what can be done.
  std::string message;
  /// The technical cause for the log (an errno text, an offset); may be empty.
  std::string cause;
};

/// A value, or the reason why there is none.
template <typename T>
using Result = tl::expected<T, Error>;

/// Shorthand for returning a failure: `return failure("The file is empty.");`
inline tl::unexpected<Error> failure(std::string message, std::string cause = {}) {
  return tl::unexpected<Error>(Error{std::move(message), std::move(cause)});
}

}  // namespace nextline
