#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace nextline::lsp {

/// In which units the client counts columns.
enum class PositionEncoding : std::uint8_t { kUtf8, kUtf16, kUtf32 };

/// The name LSP gives it: "utf-8", "utf-16", "utf-32".
std::string_view name_of(PositionEncoding encoding);

/// Chooses from what the client offers (`general.positionEncodings`): UTF-8, in which columns are
/// bytes, if it is there; else UTF-16, which every client must know and which holds where nothing
/// is offered, unless the client's list has UTF-32 only.
PositionEncoding negotiate_position_encoding(std::span<const std::string> offered);

/// A column within a line.
struct Column {
  /// Where the character at the column begins, in bytes. A column behind the end of the line is its
  /// end; one within a character, the character's beginning.
  std::size_t offset;
  /// Whether the column lies between the two surrogates of a character, which only UTF-16 can name.
  bool splits_pair;
};

/// Finds a column, counted in units from the beginning of `line`: WTF-8 without its line end.
Column find_column(std::string_view line, std::uint32_t units, PositionEncoding encoding);

/// The number of units `text` has. A lone surrogate has 3 in UTF-8 and one in UTF-16 and UTF-32.
std::uint32_t count_units(std::string_view text, PositionEncoding encoding);

}  // namespace nextline::lsp
