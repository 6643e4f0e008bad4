#include "engine/session/text_around_cursor.h"

#include <algorithm>
#include <cmath>

#include "engine/tokenizer/heal_point.h"

namespace nextline {
namespace {

/// The share of the room that the text behind may take where the text before needs the rest, and
/// the head's, as divisors.
constexpr std::size_t kBehindShare = 4;
constexpr std::size_t kHeadShare = 8;
constexpr std::size_t kLongestHead = 512;

/// A line may take a side's end back by so large a share of the room, as a divisor.
constexpr std::size_t kReachShare = 32;

/// What is estimated of text before any is held. Code has three to four.
constexpr double kUsualBytesPerToken = 4;
/// Long runs of blanks have more, and are not worth more.
constexpr std::size_t kMostBytesPerToken = 16;

/// Text whose lines differ much in bytes per token takes a few.
constexpr int kAttempts = 8;

constexpr std::size_t kMostContinuationBytes = 3;  // Of a character in UTF-8.

/// How much of a room is used when the ends have been moved: what is left lasts for some keys.
std::size_t filled(std::size_t room) { return room - room / 8; }
/// With less in use the ends are moved, where there is more text.
std::size_t enough(std::size_t room) { return room - room / 8 * 3; }
std::size_t head_room(std::size_t room) { return std::min(room / kHeadShare, kLongestHead); }

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

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// The first beginning of a line at or behind `place`; where there is none within `reach`, of a
/// character. The end of the text counts as both.
std::size_t border_behind(std::string_view text, std::size_t place, std::size_t reach) {
  if (place == 0) return 0;
  if (place >= text.size()) return text.size();
  const std::size_t line_end = text.substr(place - 1, reach).find('\n');
  if (line_end != std::string_view::npos) return place + line_end;
  const std::size_t longest = std::min(place + kMostContinuationBytes, text.size());
  while (place < longest && continues_character(text[place])) ++place;
  return place;
}

/// The last one at or before `place`.
std::size_t border_before(std::string_view text, std::size_t place, std::size_t reach) {
  if (place >= text.size()) return text.size();
  const std::size_t first = place - std::min(place, reach);
  const std::size_t line_end = text.substr(first, place - first).rfind('\n');
  if (line_end != std::string_view::npos) return first + line_end + 1;
  const std::size_t longest = place - std::min(place, kMostContinuationBytes);
  while (place > longest && continues_character(text[place])) --place;
  return place;
}

}  // namespace

void TextAroundCursor::update(std::string_view text, std::span<const Replacement> replacements,
                              Gap gap, const OnChange& on_change) {
  const Window window = moved_window(text, replacements, gap);
  healed_ = text.substr(window.before.last, gap.before - window.before.last);
  document_size_ = text.size();
  hold(text, replacements, window, on_change);
  fit(text, on_change);
}

TextAroundCursor::TokenRange TextAroundCursor::tokens_of(Side side, std::size_t first,
                                                         std::size_t last) const {
  const TokenizedText& tokens = side == Side::kBefore ? before_ : behind_;
  const auto offset_of = [&](std::size_t place) {
    if (side == Side::kBehind) {
      return std::clamp(place, window_.behind.first, window_.behind.last) - window_.behind.first;
    }
    if (place < window_.before.first) return std::min(place, window_.head_end);
    return std::min(place, window_.before.last) - elided().size();
  };
  first = offset_of(first);
  last = offset_of(last);
  if (first >= last) return {0, 0};
  return {tokens.token_at(first), tokens.token_at(last - 1) + 1};
}

TextAroundCursor::Window TextAroundCursor::moved_window(std::string_view text,
                                                        std::span<const Replacement> replacements,
                                                        Gap gap) const {
  Window window;
  ByteRange& before = window.before;
  before.last =
      options_.heals_tokens ? heal_point(tokenizer_, text.substr(0, gap.before)) : gap.before;
  window.head_end = std::min(moved(window_.head_end, replacements), before.last);
  before.first =
      std::clamp(moved(window_.before.first, replacements), window.head_end, before.last);
  ByteRange& behind = window.behind;
  behind = {gap.behind, gap.behind};
  if (options_.holds_behind) {
    behind.last = left_behind() == 0
                      ? text.size()
                      : std::max(moved(window_.behind.last, replacements), gap.behind);
  }

  // Of what a jump or a paste brings, no more is tokenised than there may be room for.
  const std::size_t some = bytes_for(options_.room);
  const std::size_t most = 2 * some;
  if (window.head_end + before.size() > most) {
    if (window.head_end > some / 2) {
      window.head_end = border_before(text, bytes_for(head_room(options_.room)), reach());
    }
    before.first =
        std::clamp(border_behind(text, before.last - some, reach()), before.first, before.last);
  }
  if (behind.size() > most) {
    behind.last = std::max(border_before(text, behind.first + some, reach()), behind.first);
  }
  return window;
}

void TextAroundCursor::fit(std::string_view text, const OnChange& on_change) {
  // Each attempt knows better than the one before how many bytes a token has.
  for (int attempts = kAttempts; attempts > 0; --attempts) {
    const Window longer = lengthened(text);
    if (longer == window_) break;
    hold(text, {}, longer, on_change);
  }
  if (size() > options_.room && elided().size() == 0) {
    window_.head_end = window_.before.first = head_end(text);
  }
  // Where a side is cut, its last text may have other tokens than before, and more.
  for (std::size_t room = filled(options_.room); size() > options_.room; room /= 2) {
    hold(text, {}, shortened(text, room), on_change);
  }
}

TextAroundCursor::Window TextAroundCursor::lengthened(std::string_view text) const {
  Window longer = window_;
  const Shares least = shares(enough(options_.room));
  const Shares wanted = shares(filled(options_.room));
  const std::size_t most_bytes = kMostBytesPerToken * options_.room;
  const ByteRange left_out = elided();
  if (left_out.size() > 0) {
    longer.head_end = head_end(text);
    if (before_.size() < least.before && before_.text().size() < most_bytes) {
      const std::size_t bytes = bytes_for(wanted.before - before_.size());
      const std::size_t place = left_out.last - std::min(bytes, left_out.size());
      longer.before.first = place == left_out.first ? place : border_behind(text, place, reach());
    }
    longer.before.first = std::clamp(longer.before.first, longer.head_end, left_out.last);
  }
  if (left_behind() > 0 && behind_.size() < least.behind && behind_.text().size() < most_bytes) {
    const std::size_t bytes = bytes_for(wanted.behind - behind_.size());
    longer.behind.last =
        std::max(border_before(text, window_.behind.last + bytes, reach()), window_.behind.last);
  }
  return longer;
}

TextAroundCursor::Window TextAroundCursor::shortened(std::string_view text,
                                                     std::size_t room) const {
  Window shorter = window_;
  const Shares share = shares(room);
  if (before_.size() > share.before) {
    const std::size_t head = std::min(head_size(), share.before);
    if (head < head_size()) {
      shorter.head_end = border_before(text, before_.offset_of(head), reach());
    }
    const std::size_t first = before_.size() - (share.before - head);
    const std::size_t place = before_.offset_of(first) + elided().size();
    shorter.before.first =
        std::clamp(border_behind(text, place, reach()), window_.before.first, window_.before.last);
  }
  if (behind_.size() > share.behind) {
    const std::size_t place = window_.behind.first + behind_.offset_of(share.behind);
    shorter.behind.last = std::max(border_before(text, place, reach()), window_.behind.first);
  }
  return shorter;
}

std::size_t TextAroundCursor::head_end(std::string_view text) const {
  const std::size_t wanted = head_room(options_.room);
  if (elided().size() == 0 || head_size() > 2 * wanted) {
    return border_before(text, before_.offset_of(std::min(wanted, before_.size())), reach());
  }
  if (head_size() >= wanted / 2) return window_.head_end;
  const std::size_t place = window_.head_end + bytes_for(wanted - head_size());
  return std::clamp(border_before(text, place, reach()), window_.head_end, window_.before.first);
}

std::size_t TextAroundCursor::left_behind() const {
  return options_.holds_behind ? document_size_ - window_.behind.last : 0;
}

TextAroundCursor::Shares TextAroundCursor::shares(std::size_t room) const {
  const auto tokens_in = [&](std::size_t bytes) {
    return static_cast<std::size_t>(std::ceil(static_cast<double>(bytes) / bytes_per_token()));
  };
  const std::size_t before = before_.size() + tokens_in(elided().size());
  const std::size_t behind = behind_.size() + tokens_in(left_behind());
  const std::size_t left = room - std::min(room, before);
  const std::size_t for_behind = std::min(behind, std::max(room / kBehindShare, left));
  return {std::min(before, room - for_behind), for_behind};
}

double TextAroundCursor::bytes_per_token() const {
  if (size() == 0) return kUsualBytesPerToken;
  const auto bytes = static_cast<double>(before_.text().size() + behind_.text().size());
  return std::min(bytes / static_cast<double>(size()), double{kMostBytesPerToken});
}

std::size_t TextAroundCursor::bytes_for(std::size_t tokens) const {
  return static_cast<std::size_t>(static_cast<double>(tokens) * bytes_per_token());
}

std::size_t TextAroundCursor::reach() const { return bytes_for(options_.room / kReachShare) + 1; }

void TextAroundCursor::hold(std::string_view text, std::span<const Replacement> replacements,
                            const Window& window, const OnChange& on_change) {
  follow(Side::kBefore, 0, text, replacements, {0, window_.head_end}, {0, window.head_end},
         on_change);
  follow(Side::kBefore, window.head_end, text, replacements, window_.before, window.before,
         on_change);
  follow(Side::kBehind, 0, text, replacements, window_.behind, window.behind, on_change);
  window_ = window;
}

void TextAroundCursor::follow(Side side, std::size_t offset, std::string_view text,
                              std::span<const Replacement> replacements, ByteRange held,
                              ByteRange now, const OnChange& on_change) {
  TokenizedText& tokens = side == Side::kBefore ? before_ : behind_;
  std::size_t old_done = held.first;  // Up to here, the side holds the new text.
  std::size_t new_done = now.first;
  const auto replace_up_to = [&](std::size_t old_end, std::size_t new_end) {
    if (old_end > old_done || new_end > new_done) {
      for (const TokenChange& change :
           tokens.replace(offset + new_done - now.first, old_end - old_done,
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
    replace_up_to(std::clamp(old_begin, old_done, held.last),
                  std::clamp(new_begin, new_done, now.last));
    const std::size_t old_end = std::clamp(old_begin + length, old_done, held.last);
    const std::size_t new_end = std::clamp(new_begin + length, new_done, now.last);
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
  const std::size_t rest = std::max(held.last, now.last);
  pass_unchanged(old_begin, new_begin, rest - std::min({rest, old_begin, new_begin}));
}

}  // namespace nextline
