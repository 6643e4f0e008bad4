#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace nextline::lsp {

/// Whether a line says so little that saying it again is normal: closers only, and words that end
/// or begin a block or leave it, such as `pass`, `else:`, `} else {`, `fi` and `</div>`.
bool is_slight(std::string_view line);

/// The completion without what says the same line over and over to its end: the line is kept once.
/// `line_before` is what stands before the completion on its first line. Slight lines are kept.
std::string_view without_repetition(std::string_view line_before, std::string_view completion);

/// The next lines of a text that are not blank: some, as far as they are near.
std::vector<std::string_view> next_lines(std::string_view behind);

/// Where in the completion the lines begin that `next` says, from some line behind its first on;
/// nothing if there are none. They go on to the completion's end, or are two at the least, or one
/// that is not indented, and not all of them slight. What is before them does not end with them
/// once more. Lines are compared without blanks around them; slight ones are the same only if they
/// are indented the same.
std::optional<std::size_t> where_next_lines_begin(std::string_view completion,
                                                  const std::vector<std::string_view>& next);

/// Whether the cursor's line, as the completion makes it, is the next one said beforehand. A line
/// of closers is, if it is indented the same; a slight line with words never is.
bool is_next_line(std::string_view line, const std::vector<std::string_view>& next);

}  // namespace nextline::lsp
