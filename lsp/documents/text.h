#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/error.h"
#include "lsp/documents/line_index.h"
#include "lsp/protocol/position_encoding.h"
#include "lsp/protocol/types.h"

namespace nextline::lsp {

/// What a change did to the bytes of a text: at `offset`, `removed` bytes gave way to `inserted`.
struct ByteEdit {
  std::size_t offset;
  std::size_t removed;
  std::string inserted;
  bool operator==(const ByteEdit&) const = default;
};

/// The text of a document: its bytes (WTF-8, see `wtf8.h`) and where its lines begin. A value; what
/// is shared between threads is shared as constant.
class Text {
 public:
  explicit Text(std::string bytes) : bytes_(std::move(bytes)), lines_(bytes_) {}

  const std::string& bytes() const { return bytes_; }
  std::size_t line_count() const { return lines_.line_count(); }
  /// A line without its line end; `line` is less than the number of lines.
  std::string_view line(std::size_t line) const;

  /// The offset in bytes of a position. One behind the end of its line is the end of the line,
  /// before the line end; one behind the last line is the end of the text; one within a character
  /// is the character's beginning.
  std::size_t offset_of(Position position, PositionEncoding encoding) const;
  /// The position of an offset, which is at most the number of bytes and at the beginning of a
  /// character. Within a line end, it is the end of the line.
  Position position_of(std::size_t offset, PositionEncoding encoding) const;

  /// Applies a client's change and returns what it did to the bytes; nothing if it changed nothing.
  /// Fails, and leaves the text as it is, if the range ends before it starts.
  ///
  /// Ranges are clamped as positions are, with one exception: in UTF-16 a range may part a
  /// character of two surrogates, which leaves the halves as lone surrogates. Halves that an edit
  /// brings together become one character, and the edit that is returned includes them. Of a change
  /// without a range, the edit is what lies between the common beginning and the common end.
  Result<std::optional<ByteEdit>> apply(const TextDocumentContentChangeEvent& change,
                                        PositionEncoding encoding);

 private:
  struct Place {
    std::size_t offset;
    bool splits_pair;  // It lies between the two surrogates of the character at `offset`.
  };
  Place place_of(Position position, PositionEncoding encoding) const;
  ByteEdit edit_of_range(const Range& range, const std::string& text,
                         PositionEncoding encoding) const;
  ByteEdit edit_of_whole_text(std::string_view text) const;
  /// Extends the edit by the lone surrogates beside it that it brings together.
  void join_halves(ByteEdit& edit) const;

  std::string bytes_;
  LineIndex lines_;
};

}  // namespace nextline::lsp
