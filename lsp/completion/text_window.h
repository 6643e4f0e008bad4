#pragma once

#include <cstddef>
#include <string_view>

namespace nextline::lsp {

/// What surrounds a place of a text, as far as it is shown to somebody.
struct TextWindow {
  std::string_view before;
  std::string_view behind;
  bool operator==(const TextWindow&) const = default;
};

/// As much of a text before and behind a place as `most_bytes` have room for. A quarter of the room
/// is the text's behind where the text before needs the rest. Both are cut at ends of lines, or
/// where a single line is too long between characters. Where the text before begins moves in steps
/// of an eighth of the room, so that from key to key it stays the same, and who has seen it can
/// know it again.
TextWindow window_around(std::string_view before, std::string_view behind, std::size_t most_bytes);

}  // namespace nextline::lsp
