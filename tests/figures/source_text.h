#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/tokenizer/tokenizer.h"

namespace nextline::figures {

/// A file of source code as its lines, each with its line break.
class SourceText {
 public:
  static Result<SourceText> read(const std::string& path);
  explicit SourceText(std::string_view text);

  std::size_t line_count() const { return lines_.size(); }
  const std::string& line(std::size_t index) const { return lines_[index]; }
  /// Lines [first, last), one behind the other.
  std::string lines(std::size_t first, std::size_t last) const;

  /// The lines from `first` on that have `tokens` tokens together, or all that there are.
  SourceText cut(const Tokenizer& tokenizer, std::size_t first, std::size_t tokens) const;
  /// The first line at or behind `index` that says enough to be awaited; `line_count()` if none
  /// does.
  std::size_t telling_line(std::size_t index) const;

 private:
  std::vector<std::string> lines_;
};

/// The blanks that a line begins with.
std::string_view indentation(std::string_view line);

/// A word of letters, digits and underscores.
struct Word {
  std::size_t offset;
  std::size_t length;
};
std::vector<Word> words(std::string_view text);
bool is_word_character(char c);

}  // namespace nextline::figures
