#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "engine/error.h"

namespace nextline::lsp {

/// How deep arrays and objects may be nested in what is parsed.
inline constexpr std::size_t kMaximumJsonDepth = 128;

/// Parses one JSON text in UTF-8. Strings of the result are well-formed WTF-8: an escaped lone
/// surrogate, which Boost.JSON refuses and editors on UTF-16 send ("\ud83d"), is kept. A malformed
/// byte, which Neovim sends where a buffer has one, becomes a question mark: one byte and one unit
/// in every position encoding, as the editor counts it.
/// Throws nothing but std::bad_alloc.
Result<boost::json::value> parse_json(std::string_view text);

/// The value as JSON text in UTF-8. Lone surrogates are escaped; other bytes in strings that are no
/// UTF-8 become U+FFFD.
std::string serialize_json(const boost::json::value& value);

}  // namespace nextline::lsp
