#include "lsp/completion/look_ahead.h"

#include <algorithm>

namespace nextline::lsp {
namespace {

/// More bytes behind the cursor than these are not replaced by what is suggested.
constexpr std::size_t kMostReplaced = 4096;

/// An editor puts them behind what is typed by itself, and says so as if they had been typed.
constexpr std::string_view kClosers = ")]}>\"'`";

}  // namespace

std::optional<Replacement> LookAhead::way_from(std::string_view present,
                                               std::size_t present_cursor) const {
  const std::string_view accepted = *text;
  const std::string_view before = accepted.substr(0, cursor);
  const std::string_view behind = accepted.substr(cursor);
  const std::string_view typed = present.substr(0, present_cursor);
  const auto agrees =
      static_cast<std::size_t>(std::ranges::mismatch(typed, before).in1 - typed.begin());
  if (agrees < first || typed.substr(agrees).find_first_not_of(kClosers) != typed.npos) {
    return std::nullopt;
  }
  const std::string_view left = present.substr(agrees);
  if (agrees == cursor || !left.ends_with(behind)) return std::nullopt;
  const std::size_t replaced = left.size() - behind.size();
  if (replaced > kMostReplaced) return std::nullopt;
  return Replacement{agrees, agrees + replaced, agrees, cursor};
}

}  // namespace nextline::lsp
