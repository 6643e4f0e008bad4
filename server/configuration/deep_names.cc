#include "server/configuration/deep_names.h"

#include <algorithm>
#include <cstddef>

namespace nextline::server {
namespace {

constexpr std::size_t kMostDots = 16;

/// Goes through a text, over its strings and comments.
class NameWalk {
 public:
  explicit NameWalk(std::string_view text) : text_(text) {}

  /// Where there is a deep name, in bytes.
  std::optional<std::size_t> find() {
    std::size_t dots = 0;
    while (at_ < text_.size()) {
      const char character = text_[at_];
      if (character == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (character == '"' || character == '\'') {
        pass_string(character);
      } else {
        ++at_;
        if (ends_name(character)) dots = 0;
        if (character == '.' && ++dots > kMostDots) return at_ - 1;
      }
    }
    return std::nullopt;
  }

 private:
  static bool ends_name(char character) {
    return std::string_view("=,[]{}\n").find(character) != std::string_view::npos;
  }

  void pass_string(char quote) {
    const bool is_long = text_.substr(at_, 3) == std::string(3, quote);
    at_ += is_long ? 3 : 1;
    while (at_ < text_.size()) {
      const char character = text_[at_];
      if (character == '\\' && quote == '"') {
        at_ += 2;
      } else if (is_long && text_.substr(at_, 3) == std::string(3, quote)) {
        at_ += 3;
        // Up to two quotes may stand before those that end it.
        for (int i = 0; i < 2 && at_ < text_.size() && text_[at_] == quote; ++i) ++at_;
        return;
      } else if (!is_long && (character == quote || character == '\n')) {
        at_ += character == quote ? 1 : 0;
        return;
      } else {
        ++at_;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<FilePlace> find_deep_name(std::string_view text) {
  const auto found = NameWalk(text).find();
  if (!found) return std::nullopt;
  return place_of_byte(text, *found);
}

}  // namespace nextline::server
