#include "lsp/completion/cursor_motion.h"

namespace nextline::lsp {
namespace {

/// A change so near the cursor, in bytes, is made there: in its line or one beside it.
constexpr std::size_t kNear = 128;

}  // namespace

std::size_t cursor_behind(std::span<const Replacement> replacements, std::size_t cursor) {
  std::size_t moved = cursor;
  for (const Replacement& r : replacements) {
    if (r.old_first > cursor + kNear) break;
    if (r.old_last + kNear >= cursor) {
      moved = r.new_last;
    } else {
      moved = cursor - r.old_last + r.new_last;
    }
  }
  return moved;
}

}  // namespace nextline::lsp
