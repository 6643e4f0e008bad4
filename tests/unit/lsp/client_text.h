#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lsp/protocol/position_encoding.h"
#include "lsp/protocol/types.h"

namespace nextline::lsp::test {

/// An editor's text and how the editor counts in it: the slow and simple twin of `Document`, which
/// shares no code with it. It is kept as what the editor counts with: UTF-16 code units in UTF-16,
/// code points otherwise. Both are called units here.
class ClientText {
 public:
  ClientText(PositionEncoding encoding, std::u32string_view code_points);

  const std::u32string& units() const { return units_; }
  std::size_t size() const { return units_.size(); }
  /// Code points as this editor keeps them.
  std::u32string units_of(std::u32string_view code_points) const;

  /// Whether the index lies between "\r" and "\n", where LSP has no position.
  bool splits_line_end(std::size_t index) const;
  /// The position of a unit, counted from the beginning of the text.
  Position position_of(std::size_t index) const;
  /// The end of the line that the unit lies in, before the line end.
  std::size_t line_end(std::size_t index) const;

  void replace(std::size_t first, std::size_t count, std::u32string_view units);

  /// Some units in WTF-8, and as a JSON string.
  static std::string wtf8(std::u32string_view units);
  static std::string json(std::u32string_view units);

 private:
  std::size_t width(char32_t unit) const;

  PositionEncoding encoding_;
  std::u32string units_;
};

}  // namespace nextline::lsp::test
