#pragma once

#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/random.h"

namespace nextline::test {

/// Random text of what pre-tokenisers treat in a way of its own: white space of all kinds, quotes
/// before letters, digits, marks, scripts, malformed UTF-8 and its parts. A few kinds at a time, so
/// that they meet often.
class DifficultText {
 public:
  explicit DifficultText(Random& random) : random_(&random) {
    for (int i = 0; i < 6; ++i) parts_.push_back(kParts[random.below(std::size(kParts))]);
  }

  /// At least `length` bytes.
  std::string operator()(std::size_t length) {
    std::string text;
    while (text.size() < length) {
      text += random_->below(20) == 0 ? kParts[random_->below(std::size(kParts))]
                                      : parts_[random_->below(parts_.size())];
    }
    return text;
  }

 private:
  static constexpr std::string_view kParts[] = {
      "a", "b", "ab", "abab", "r", "e", "l", "L", "s", "S", "t", "re", "'", "'re", "'LL", "'s",
      // Small letter long s, which is an s where case is ignored, and the Kelvin sign.
      "'\u017F", "\u017F", "\u212A",
      // White space and what only looks like it.
      " ", "  ", "     ", "\t", "\n", "\n\n", "\r", "\r\n", "\v", "\u0085", "\u00A0", "\u2003",
      "\u2028", "\u3000", "\u180E", "\u200B", "\x1F", "\x7F", std::string_view("\0", 1), "1", "23",
      "456", "\uFF14", "\u3007", "\u0967", "\u00BD", ".", ",", "(", "==", "_", "$", "\"", "\u2192",
      "\u060C", "\u3002", "\u00E9", "e\u0301", "\u0301", "\u8A9E", "\u8A9E\u8A9E", "\u304C",
      "\uD55C", "\u0915\u093E", "\U0001F642", "\u200D", "\U00020000",
      // Bytes of sequences that are not whole, of a surrogate, an overlong form, and none at all.
      "\xE2\x82", "\xF0\x9F\x99", "\xF0", "\xC3", "\xC5", "\xE3\x80", "\x80", "\x82", "\xA9",
      "\xBF", "\xED\xA0\x80", "\xC0\xAF", "\xFF"};

  Random* random_;
  std::vector<std::string_view> parts_;
};

}  // namespace nextline::test
