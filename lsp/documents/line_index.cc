#include "lsp/documents/line_index.h"

#include <algorithm>

namespace nextline::lsp {
namespace {

// Whether a line begins at `offset`, which is greater than 0: it depends on the bytes on both
// sides.
bool begins_line(std::string_view text, std::size_t offset) {
  const char before = text[offset - 1];
  return before == '\n' || (before == '\r' && (offset == text.size() || text[offset] != '\n'));
}

// The lines that begin in [first, last], in ascending order.
std::vector<std::size_t> lines_beginning_in(std::string_view text, std::size_t first,
                                            std::size_t last) {
  std::vector<std::size_t> starts;
  for (std::size_t offset = std::max<std::size_t>(first, 1); offset <= last; ++offset) {
    if (begins_line(text, offset)) starts.push_back(offset);
  }
  return starts;
}

}  // namespace

LineIndex::LineIndex(std::string_view text) : starts_{0} {
  const auto found = lines_beginning_in(text, 1, text.size());
  starts_.insert(starts_.end(), found.begin(), found.end());
}

std::size_t LineIndex::line_at(std::size_t offset) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(starts_, offset) - starts_.begin()) - 1;
}

void LineIndex::update(std::string_view text, std::size_t offset, std::size_t removed,
                       std::size_t inserted) {
  // A line start depends on the bytes on both sides of it, so those at both ends of the edit are
  // looked at again, too: an edit may part "\r\n" or put it together.
  const auto first = std::lower_bound(starts_.begin() + 1, starts_.end(), offset);
  auto last = std::upper_bound(first, starts_.end(), offset + removed);
  for (auto start = last; start != starts_.end(); ++start) *start = *start - removed + inserted;

  const auto found = lines_beginning_in(text, offset, offset + inserted);
  const auto kept = std::min(found.size(), static_cast<std::size_t>(last - first));
  const auto middle =
      std::copy(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(kept), first);
  if (kept < found.size()) {
    starts_.insert(middle, found.begin() + static_cast<std::ptrdiff_t>(kept), found.end());
  } else {
    starts_.erase(middle, last);
  }
}

}  // namespace nextline::lsp
