#pragma once

#include <cstddef>
#include <optional>

#include "server/replay/repobench_row.h"

namespace nextline::replay {

/// Bytes of a text.
struct TextSpan {
  std::size_t offset;
  std::size_t length;
  bool operator==(const TextSpan&) const = default;
};

/// Where the awaited line stands in `all_code`, its end excluded; nothing where that is not
/// certain.
///
/// It stands where the lines above agree with the end of `cropped_code` farther than anywhere else.
/// Blank lines and blanks at the ends of lines do not count. Imports, which `cropped_code` lacks,
/// end the agreement. What then follows must be `next_line`: in published rows `all_code` may well
/// end where the line is awaited.
std::optional<TextSpan> find_awaited_line(const RepoBenchRow& row);

}  // namespace nextline::replay
