#include "lsp/feedback/followed_text.h"

#include <algorithm>

namespace nextline::lsp {

void FollowedText::follow(const ByteEdit& edit) {
  const std::size_t end = edit.offset + edit.removed;
  const std::size_t inserted = edit.inserted.size();
  const bool is_empty = first_ == last_;
  if (edit.offset >= last_) return;
  if (end <= first_) {
    first_ = first_ - edit.removed + inserted;
    last_ = last_ - edit.removed + inserted;
  } else if (is_empty) {
    first_ = last_ = edit.offset;
  } else {
    first_ = std::min(first_, edit.offset);
    last_ = std::max(last_, end) - edit.removed + inserted;
  }
}

}  // namespace nextline::lsp
