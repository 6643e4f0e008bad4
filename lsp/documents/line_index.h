#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace nextline::lsp {

/// Where the lines of a text begin. A line ends with "\n", "\r\n" or "\r", as LSP says; a text has
/// at least one line, and behind a line end at its very end there is an empty one.
///
/// An edit scans only what it inserts and shifts the offsets behind it. The text itself lies
/// elsewhere and is handed in. Immutable but for `update`.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);

  std::size_t line_count() const { return starts_.size(); }
  /// The offset in bytes at which a line begins; `line` is less than the number of lines.
  std::size_t start(std::size_t line) const { return starts_[line]; }
  /// The line that has the byte at `offset`, or would have it; a line end belongs to its line.
  std::size_t line_at(std::size_t offset) const;

  /// Follows an edit: `removed` bytes at `offset` were replaced by `inserted` bytes, which gave
  /// `text`.
  void update(std::string_view text, std::size_t offset, std::size_t removed, std::size_t inserted);

 private:
  std::vector<std::size_t> starts_;  // Ascending; the first is 0.
};

}  // namespace nextline::lsp
