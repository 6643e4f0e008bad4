#include "engine/session/stop_watcher.h"

namespace nextline {

bool StopWatcher::append(std::string& text, std::string_view generated) {
  for (const char c : generated) {
    if (rule_ == StopRule::kEndOfLine && c == '\n' && line_has_text_) {
      if (text.ends_with('\r')) text.pop_back();
      return true;
    }
    line_has_text_ = line_has_text_ || (c != ' ' && c != '\t' && c != '\r' && c != '\n');
    text.push_back(c);
  }
  return false;
}

}  // namespace nextline
