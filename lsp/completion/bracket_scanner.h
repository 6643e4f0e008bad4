#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/completion/lexis.h"

namespace nextline::lsp {

/// A bracket of the code, or the mark that begins or ends a string.
struct Bracket {
  bool opens;
  char mark;           ///< The closer that belongs to it: ) ] } or a quote.
  std::size_t offset;  ///< Where it begins.
};

/// What a place of a text is inside of.
struct Inside {
  enum class Kind : std::uint8_t { kCode, kString, kLineComment, kBlockComment };
  Kind kind = Kind::kCode;
  std::string closer = {};   ///< What ends the string or the block comment.
  bool is_one_line = false;  ///< A string that ends with its line, closed or not.
  bool has_escapes = false;  ///< A backslash takes the character behind it along.
};

/// The brackets of a text, in order, and what its end is inside of.
struct Scanned {
  std::vector<Bracket> brackets;
  Inside end;
};

/// Reads code from a place that is inside of `begin`. Brackets in strings and comments are none. A
/// string that breaks off at the end of its line is closed there. Linear; any bytes will do.
Scanned scan_brackets(std::string_view text, const Lexis& lexis, Inside begin = {});

/// What is open behind some brackets.
class OpenBrackets {
 public:
  /// Follows one bracket. A closer closes the innermost opener of its kind, and what was left open
  /// within; false if there is none.
  bool follow(const Bracket& bracket);

  /// Closers that are awaited; the innermost is the last one.
  const std::string& closers() const { return closers_; }
  /// How many openers were left open within what was closed around them.
  std::size_t left_open() const { return left_open_; }

 private:
  std::string closers_;
  std::size_t left_open_ = 0;
};

}  // namespace nextline::lsp
