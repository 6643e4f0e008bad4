#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/session/replacement.h"
#include "engine/session/text_around_cursor.h"
#include "tests/support/random.h"

namespace nextline::test {

/// A text that somebody edits at random: types, deletes, pastes, jumps, changes several places,
/// takes changes back, has the whole formatted.
class EditedText {
 public:
  struct Step {
    Replacements replacements;
    Gap gap;
  };

  EditedText(std::uint64_t seed, std::size_t longest, std::string text = {})
      : random_(seed), longest_(longest), text_(std::move(text)) {}

  const std::string& text() const { return text_; }

  Step random_step() {
    Step step;
    const std::string before = text_;
    const std::size_t cursor_before = cursor_;
    const std::size_t kind = text_.size() > longest_ ? kDeletion : random_.below(20);
    if (kind < 8) {
      edit(step, cursor_, 0, std::string(1, character()));
    } else if (kind < 11) {
      const std::size_t count = std::min<std::size_t>(cursor_, 1 + random_.below(3));
      edit(step, cursor_ - count, count, "");
    } else if (kind < 13) {
      cursor_ = random_.below(text_.size() + 1);
    } else if (kind < 14) {
      edit(step, random_.below(text_.size() + 1), 0, line());
    } else if (kind == kDeletion) {
      const std::size_t first = random_.below(text_.size() + 1);
      edit(step, first, std::min(text_.size() - first, random_.below(longest_)), "");
    } else if (kind < 16) {
      for (std::size_t places = 2 + random_.below(4); places > 0; --places) {
        const std::size_t first = random_.below(text_.size() + 1);
        edit(step, first, std::min(text_.size() - first, random_.below(4)), word());
      }
    } else if (kind < 18 && !undo_.empty()) {
      const std::string text = undo_.back().text;
      const std::size_t cursor = undo_.back().cursor;
      undo_.pop_back();
      replace_all(step, text);
      cursor_ = cursor;
      step.gap = {cursor_, cursor_};
      return step;
    } else if (kind < 19) {
      replace_all(step, formatted());
    } else {
      edit(step, cursor_, 0, line() + line());
    }
    if (text_ != before) undo_.push_back({before, cursor_before});
    step.gap = {cursor_, cursor_};
    if (random_.below(20) == 0)
      step.gap.behind = std::min(text_.size(), cursor_ + random_.below(9));
    return step;
  }

 private:
  struct Before {
    std::string text;
    std::size_t cursor;
  };

  char character() { return kCharacters[random_.below(kCharacters.size())]; }
  std::string word() {
    std::string text;
    for (std::size_t i = 1 + random_.below(6); i > 0; --i)
      text += static_cast<char>('a' + random_.below(5));
    return text;
  }
  std::string line() {
    std::string text(4 * random_.below(3), ' ');
    for (std::size_t words = 1 + random_.below(6); words > 0; --words) text += word() + character();
    return text + "\n";
  }

  void edit(Step& step, std::size_t offset, std::size_t removed, const std::string& inserted) {
    text_ = text_.substr(0, offset) + inserted + text_.substr(offset + removed);
    step.replacements.add(offset, removed, inserted.size());
    cursor_ = offset + inserted.size();
  }

  /// As an editor's changes are: without what the texts have in common at their ends.
  void replace_all(Step& step, const std::string& text) {
    std::size_t first = 0;
    while (first < std::min(text.size(), text_.size()) && text[first] == text_[first]) ++first;
    std::size_t same = 0;
    while (same < std::min(text.size(), text_.size()) - first &&
           text[text.size() - same - 1] == text_[text_.size() - same - 1]) {
      ++same;
    }
    edit(step, first, text_.size() - same - first, text.substr(first, text.size() - same - first));
  }

  std::string formatted() const {
    std::string text;
    for (const char c : text_) {
      if (c == '\n') {
        while (!text.empty() && text.back() == ' ') text.pop_back();
      }
      if (c == ',') {
        text += ", ";
      } else {
        text += c;
      }
    }
    return text;
  }

  static constexpr std::size_t kDeletion = 14;
  static inline const std::string kCharacters = "abcde  \n\n.,()_01\"'=\xC3\xA9\xE6\xBC\xA2\t\r";

  Random random_;
  std::size_t longest_;
  std::string text_;
  std::size_t cursor_ = 0;
  std::vector<Before> undo_;
};

}  // namespace nextline::test
