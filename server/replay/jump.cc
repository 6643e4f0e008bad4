#include "server/replay/jump.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/replay/source_lines.h"
#include "server/replay/undone_edit.h"

namespace nextline::replay {
namespace {

constexpr std::size_t kNear = 10;
constexpr std::size_t kFar = 200;

}  // namespace

Result<EditCase> jump(const Document& document, std::optional<std::size_t> lines, Random& random) {
  const SourceLines text(document.text);
  const std::size_t here = text.of(document.cursor);
  // Behind the last line end there is nothing to come from.
  const std::size_t lines_with_text =
      text.count() - (text.with_end(text.count() - 1).empty() ? 1 : 0);
  const std::size_t above = here;
  const std::size_t below = lines_with_text > here ? lines_with_text - here - 1 : 0;
  const std::size_t wanted = lines ? *lines : random.below(2) == 0 ? kNear : kFar;
  const std::size_t least = std::min(wanted, kNear);
  bool is_up = random.below(2) == 0;
  if ((is_up ? above : below) < least) is_up = !is_up;
  const std::size_t distance = std::min(wanted, is_up ? above : below);
  if (distance < least) {
    return failure(fmt::format("The cursor cannot come from {} away: the document is too short.",
                               counted(least, "line")));
  }
  EditCase made =
      case_of(document, EditKind::kJump, counted(distance, "line") + (is_up ? " up" : " down"), {});
  made.old_cursor = text.begin(is_up ? here - distance : here + distance);
  return made;
}

}  // namespace nextline::replay
