#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nextline {

/// Where generation ends, besides the model's own end tokens and the limits.
enum class StopRule : std::uint8_t {
  kEndOfLine,  ///< At the line break behind the first line that is not blank.
  kNever,
};

/// Watches generated text for the end that a stop rule sets.
class StopWatcher {
 public:
  explicit StopWatcher(StopRule rule) : rule_(rule) {}

  /// Appends what was generated to `text` as far as the rule allows; true if it ended there.
  bool append(std::string& text, std::string_view generated);

 private:
  StopRule rule_;
  bool line_has_text_ = false;
};

}  // namespace nextline
