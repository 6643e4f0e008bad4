#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "lsp/syntax/byte_span.h"
#include "lsp/syntax/symbols.h"

namespace nextline::replay {

/// The blanks that a line begins with.
std::string_view indentation_of(std::string_view line);
/// A line without blanks and line ends around it.
std::string_view without_blanks(std::string_view line);
/// Whether the name stands in the text as a whole word.
bool has_word(std::string_view text, std::string_view name);

/// A text as its lines, by number from 0. Behind the last line end there is a line, too, be it
/// empty. The text must outlive it.
class SourceLines {
 public:
  explicit SourceLines(std::string_view text);

  std::size_t count() const { return begins_.size() - 1; }
  /// With its line end.
  lsp::ByteSpan span(std::size_t line) const { return {begins_[line], begins_[line + 1]}; }
  std::size_t begin(std::size_t line) const { return begins_[line]; }
  std::string_view with_end(std::size_t line) const { return span(line).of(text_); }
  /// Without its line end.
  std::string_view operator[](std::size_t line) const;
  /// Without blanks around it.
  std::string_view code(std::size_t line) const { return without_blanks(with_end(line)); }
  /// Lines [first, last), with their line ends.
  std::string_view range(std::size_t first, std::size_t last) const {
    return text_.substr(begins_[first], begins_[last] - begins_[first]);
  }
  /// The line that has this byte.
  std::size_t of(std::size_t offset) const;
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  std::vector<std::size_t> begins_;  // And where the text ends.
};

/// Which lines begin with code: not blank, not within a comment, a documentation or a string, and
/// no import.
std::vector<bool> code_lines(const SourceLines& lines, const lsp::Symbols& symbols);

/// Whether a line of code says enough to be worth guessing: a name of its own, three words or
/// operators at the least, no decorator, and not too long.
bool is_worth_awaiting(std::string_view line);

}  // namespace nextline::replay
