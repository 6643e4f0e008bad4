#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nextline::lsp {

/// How much of an accepted text is still there.
enum class Kept : std::uint8_t {
  kWhole,   ///< All of its bytes, side by side.
  kPartly,  ///< At least half of it, as `what_is_kept` counts.
  kGone,    ///< Less.
};

/// What is kept of `accepted` where `document` has [first, last) in its place now.
///
/// The whole is, if its bytes begin anywhere in that place, or right at its end. Part of it is, if
/// at least half of its characters that are no blanks occur there in their order (the longest
/// common subsequence). Where something else of more than twice its size has taken its place, or it
/// has more than 2,048 characters, whole lines are looked for instead, wherever they stand there
/// and however they are indented: any text has most letters somewhere. At most 16 KiB of the place
/// are looked at, and a text of more is whole only at its beginning.
Kept what_is_kept(std::string_view accepted, std::string_view document, std::size_t first,
                  std::size_t last);

/// How many bytes of `text` spell `wanted` at its beginning, blanks and line ends aside, which
/// editors adjust; nothing if it does not begin so.
std::optional<std::size_t> spelt_at_beginning(std::string_view text, std::string_view wanted);

/// The characters of a text, in code points.
std::size_t count_characters(std::string_view text);

}  // namespace nextline::lsp
