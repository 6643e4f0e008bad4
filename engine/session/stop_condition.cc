#include "engine/session/stop_condition.h"

namespace nextline {

std::optional<std::size_t> EndOfFirstLine::end_of(std::string_view text) {
  for (; seen_ < text.size(); ++seen_) {
    const char c = text[seen_];
    if (c == '\n' && line_has_text_) return text[seen_ - 1] == '\r' ? seen_ - 1 : seen_;
    line_has_text_ = line_has_text_ || (c != ' ' && c != '\t' && c != '\r' && c != '\n');
  }
  return std::nullopt;
}

}  // namespace nextline
