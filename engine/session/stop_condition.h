#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace nextline {

/// Says where generated text ends, besides the model's own end tokens and the limits. Each is for
/// one completion, and belongs to the thread that generates it.
class StopCondition {
 public:
  virtual ~StopCondition() = default;

  /// `text` is what was generated so far; from call to call it grows at its end. Returns how many
  /// of its bytes the completion has, once it ends; nothing as long as it goes on. What follows
  /// from a text must not depend on the pieces that it came in.
  virtual std::optional<std::size_t> end_of(std::string_view text) = 0;
};

/// The text ends at the line break behind its first line that is not blank.
class EndOfFirstLine final : public StopCondition {
 public:
  std::optional<std::size_t> end_of(std::string_view text) override;

 private:
  std::size_t seen_ = 0;
  bool line_has_text_ = false;
};

}  // namespace nextline
