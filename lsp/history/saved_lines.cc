#include "lsp/history/saved_lines.h"

#include "engine/tokenizer/utf8.h"
#include "lsp/workspace/generated.h"
#include "lsp/workspace/line_hunks.h"

namespace nextline::lsp {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

/// Hands out runs of lines of a text, which must be asked for in their order.
class LineCutter {
 public:
  explicit LineCutter(std::string_view text) : text_(text) {}

  std::string_view lines(std::size_t first, std::size_t last) {
    const std::size_t begin = begin_of(first);
    return text_.substr(begin, begin_of(last) - begin);
  }

 private:
  std::size_t begin_of(std::size_t line) {
    for (; line_ < line && offset_ < text_.size(); ++line_) {
      const std::size_t end = text_.find('\n', offset_);
      offset_ = end == std::string_view::npos ? text_.size() : end + 1;
    }
    return offset_;
  }

  std::string_view text_;
  std::size_t line_ = 0;
  std::size_t offset_ = 0;  // Where that line begins.
};

}  // namespace

std::vector<std::string_view> saved_lines(const std::string& path, std::string_view earlier,
                                          std::string_view text, std::size_t most_bytes) {
  if (is_generated(path) || text.size() > most_bytes || has_endless_lines(text) ||
      well_formed_utf8_prefix(text) != text.size()) {
    return {};
  }
  std::vector<std::string_view> added;
  LineCutter cutter(text);
  for (const LineHunk& hunk : line_hunks(earlier, text)) {
    const std::string_view lines = cutter.lines(hunk.new_first, hunk.new_last);
    if (!is_blank(lines)) added.push_back(lines);
  }
  return added;
}

}  // namespace nextline::lsp
