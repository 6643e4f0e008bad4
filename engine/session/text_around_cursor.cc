#include "engine/session/text_around_cursor.h"

#include <algorithm>

#include "engine/tokenizer/heal_point.h"

namespace nextline {
namespace {

/// Where a place of the old text is in the new one. A place within what was replaced is at the
/// replacement's end.
std::size_t moved(std::size_t place, std::span<const Replacement> replacements) {
  const auto behind =
      std::partition_point(replacements.begin(), replacements.end(),
                           [&](const Replacement& r) { return r.old_first < place; });
  if (behind == replacements.begin()) return place;
  const Replacement& last = *std::prev(behind);
  return std::max(place, last.old_last) - last.old_last + last.new_last;
}

/// The beginning of the next line at or behind `place`, or of the next character if the line is
/// long.
std::size_t border_behind(std::string_view text, std::size_t place) {
  constexpr std::size_t kLongLine = 4096;
  if (place >= text.size()) return text.size();
  const std::size_t line_end = text.substr(place, kLongLine).find('\n');
  if (line_end != std::string_view::npos) return place + line_end + 1;
  while (place < text.size() && (static_cast<unsigned char>(text[place]) & 0xC0U) == 0x80U) ++place;
  return place;
}

}  // namespace

void TextAroundCursor::update(std::string_view text, std::span<const Replacement> replacements,
                              Gap gap, const OnChange& on_change) {
  const std::size_t window = options_.window;
  std::size_t first = std::min(moved(window_first_, replacements), gap.before);
  const std::size_t held_before = gap.before - first;
  if (held_before > 2 * window || (first > 0 && held_before < window / 2)) {
    first =
        gap.before <= window ? 0 : std::min(border_behind(text, gap.before - window), gap.before);
  }
  std::size_t last = std::clamp(moved(window_last_, replacements), gap.behind, text.size());
  const std::size_t held_behind = last - gap.behind;
  if (held_behind > 2 * window || (last < text.size() && held_behind < window / 2)) {
    last = border_behind(text, gap.behind + window);
  }
  const std::size_t healed_first =
      options_.heals_tokens ? first + heal_point(tokenizer_, text.substr(first, gap.before - first))
                            : gap.before;

  follow(Side::kBefore, text, replacements, window_first_, healed_first_, first, healed_first,
         on_change);
  follow(Side::kBehind, text, replacements, gap_.behind, window_last_, gap.behind, last, on_change);
  window_first_ = first;
  healed_first_ = healed_first;
  healed_ = text.substr(healed_first, gap.before - healed_first);
  gap_ = gap;
  window_last_ = last;
}

TextAroundCursor::TokenRange TextAroundCursor::tokens_of(Side side, std::size_t first,
                                                         std::size_t last) const {
  const TokenizedText& tokens = side == Side::kBefore ? before_ : behind_;
  const std::size_t begin = side == Side::kBefore ? window_first_ : gap_.behind;
  const std::size_t end = begin + tokens.text().size();
  first = std::clamp(first, begin, end) - begin;
  last = std::clamp(last, begin, end) - begin;
  if (first >= last) return {0, 0};
  return {tokens.token_at(first), tokens.token_at(last - 1) + 1};
}

void TextAroundCursor::follow(Side side, std::string_view text,
                              std::span<const Replacement> replacements, std::size_t old_first,
                              std::size_t old_last, std::size_t new_first, std::size_t new_last,
                              const OnChange& on_change) {
  TokenizedText& tokens = side == Side::kBefore ? before_ : behind_;
  std::size_t old_done = old_first;  // Up to here, the side holds the new text.
  std::size_t new_done = new_first;
  const auto replace_up_to = [&](std::size_t old_end, std::size_t new_end) {
    if (old_end > old_done || new_end > new_done) {
      for (const TokenChange& change : tokens.replace(new_done - new_first, old_end - old_done,
                                                      text.substr(new_done, new_end - new_done))) {
        on_change(side, change);
      }
    }
    old_done = old_end;
    new_done = new_end;
  };
  // Between the replacements the texts agree: `length` bytes from old_begin and from new_begin on.
  // What only one of the two sides has of them has come or gone; it is not the one for the other.
  const auto pass_unchanged = [&](std::size_t old_begin, std::size_t new_begin,
                                  std::size_t length) {
    replace_up_to(std::clamp(old_begin, old_done, old_last),
                  std::clamp(new_begin, new_done, new_last));
    const std::size_t old_end = std::clamp(old_begin + length, old_done, old_last);
    const std::size_t new_end = std::clamp(new_begin + length, new_done, new_last);
    const std::size_t first = std::max(old_done - std::min(old_begin, old_done),
                                       new_done - std::min(new_begin, new_done));
    const std::size_t last =
        std::min(old_end - std::min(old_begin, old_end), new_end - std::min(new_begin, new_end));
    if (first < last) {
      replace_up_to(old_begin + first, new_begin + first);
      old_done = old_begin + last;
      new_done = new_begin + last;
    }
    replace_up_to(old_end, new_done);
    replace_up_to(old_end, new_end);
  };
  std::size_t old_begin = 0;
  std::size_t new_begin = 0;
  for (const Replacement& r : replacements) {
    pass_unchanged(old_begin, new_begin, r.old_first - old_begin);
    old_begin = r.old_last;
    new_begin = r.new_last;
  }
  const std::size_t rest = std::max(old_last, new_last);
  pass_unchanged(old_begin, new_begin, rest - std::min({rest, old_begin, new_begin}));
}

}  // namespace nextline
