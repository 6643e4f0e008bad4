#include "engine/speculate/suffix_array.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>
#include <utility>

namespace nextline {
namespace {

using Symbol = std::uint32_t;
using Position = std::uint32_t;

constexpr Position kNone = std::numeric_limits<Position>::max();

/// A text whose symbols are 0, 1, … `symbol_count` - 1.
struct RankedText {
  std::vector<Symbol> symbols;
  std::uint32_t symbol_count;
};

/// The text with each symbol's rank among those that occur in its place.
RankedText ranked(std::span<const std::int32_t> text) {
  RankedText result{std::vector<Symbol>(text.size()), 0};
  if (text.empty()) return result;
  const auto [least, greatest] = std::ranges::minmax(text);
  const auto distance_from_least = [least = least](std::int32_t symbol) {
    return static_cast<std::uint32_t>(symbol) - static_cast<std::uint32_t>(least);
  };
  const std::uint64_t range = std::uint64_t{distance_from_least(greatest)} + 1;
  constexpr std::uint64_t kSmallRange = 1 << 20;  // 4 MiB, whatever the text.
  if (range <= std::max<std::uint64_t>(kSmallRange, text.size())) {
    std::vector<std::uint32_t> ranks(range, 0);
    for (const std::int32_t symbol : text) ranks[distance_from_least(symbol)] = 1;
    std::exclusive_scan(ranks.begin(), ranks.end(), ranks.begin(), 0U);
    result.symbol_count = ranks.back() + 1;  // The greatest occurs.
    std::ranges::transform(text, result.symbols.begin(),
                           [&](std::int32_t symbol) { return ranks[distance_from_least(symbol)]; });
    return result;
  }
  std::vector<std::int32_t> distinct(text.begin(), text.end());
  std::ranges::sort(distinct);
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  result.symbol_count = static_cast<std::uint32_t>(distinct.size());
  std::ranges::transform(text, result.symbols.begin(), [&](std::int32_t symbol) {
    return static_cast<Symbol>(std::ranges::lower_bound(distinct, symbol) - distinct.begin());
  });
  return result;
}

/// Sorts the suffixes of one text: a level of SA-IS's recursion.
///
/// In the paper's words, a suffix is of type S where it is less than the one that begins behind it,
/// else of type L, and an LMS position is one of type S behind one of type L. Suffixes that begin
/// with the same symbol form a bucket of the array, in which those of type L come first. The
/// paper's sentinel, less than all symbols, is not written out: it stands behind the text, and what
/// it induces is done before all else.
class SuffixSorter {
 public:
  SuffixSorter(std::span<const Symbol> text, std::uint32_t symbol_count,
               std::span<Position> suffixes, const std::stop_token& stop)
      : text_(text),
        suffixes_(suffixes),
        stop_(stop),
        is_s_(text.size()),
        bucket_starts_(symbol_count + 1) {}

  void sort() {
    if (text_.empty()) return;
    find_types();
    count_buckets();
    // In any order first: what is induced of it are the LMS substrings, sorted.
    induce(lms_);
    if (stop_.stop_requested()) return;
    sort_lms_suffixes();
    if (stop_.stop_requested()) return;
    induce(lms_);
  }

 private:
  bool is_lms(Position position) const {
    return position > 0 && is_s_[position] && !is_s_[position - 1];
  }

  void find_types() {
    for (std::size_t i = text_.size() - 1; i-- > 0;) {
      is_s_[i] = text_[i] < text_[i + 1] || (text_[i] == text_[i + 1] && is_s_[i + 1]);
    }
    for (Position i = 1; i < text_.size(); ++i) {
      if (is_lms(i)) lms_.push_back(i);
    }
  }

  void count_buckets() {
    for (const Symbol symbol : text_) ++bucket_starts_[symbol + 1];
    std::partial_sum(bucket_starts_.begin(), bucket_starts_.end(), bucket_starts_.begin());
  }

  /// Fills the array from LMS positions, which come in order: puts them at the ends of their
  /// buckets, then what is of type L from left to right, then what is of type S from right to left.
  void induce(std::span<const Position> lms) {
    std::ranges::fill(suffixes_, kNone);
    edges_.assign(bucket_starts_.begin() + 1, bucket_starts_.end());
    for (std::size_t i = lms.size(); i-- > 0;) suffixes_[--edges_[text_[lms[i]]]] = lms[i];

    edges_.assign(bucket_starts_.begin(), bucket_starts_.end() - 1);
    if (stop_.stop_requested()) return;
    const auto last = static_cast<Position>(text_.size() - 1);
    suffixes_[edges_[text_[last]]++] = last;     // As the sentinel induces it.
    for (const Position position : suffixes_) {  // Also what is put there meanwhile.
      if (position == kNone || position == 0 || is_s_[position - 1]) continue;
      suffixes_[edges_[text_[position - 1]]++] = position - 1;
    }

    if (stop_.stop_requested()) return;
    // Each LMS position is induced again, before it is passed, so those placed above are
    // overwritten.
    edges_.assign(bucket_starts_.begin() + 1, bucket_starts_.end());
    for (std::size_t i = suffixes_.size(); i-- > 0;) {
      const Position position = suffixes_[i];
      if (position == kNone || position == 0 || !is_s_[position - 1]) continue;
      suffixes_[--edges_[text_[position - 1]]] = position - 1;
    }
  }

  /// Brings the LMS positions into the order of their suffixes; in the array, their substrings are
  /// in order.
  void sort_lms_suffixes() {
    RankedText reduced = reduced_text();
    if (reduced.symbol_count == lms_.size()) {
      // No two substrings are the same: their order is that of the suffixes.
      std::vector<Position> sorted(lms_.size());
      for (std::size_t i = 0; i < lms_.size(); ++i) sorted[reduced.symbols[i]] = lms_[i];
      lms_ = std::move(sorted);
      return;
    }
    std::vector<Position> order(lms_.size());
    SuffixSorter(reduced.symbols, reduced.symbol_count, order, stop_).sort();
    if (stop_.stop_requested()) return;
    for (Position& entry : order) entry = lms_[entry];
    lms_ = std::move(order);
  }

  /// The LMS substrings in the order of the text, each as its rank among them.
  RankedText reduced_text() const {
    // LMS positions are two apart or more, so half of one is a number of its own.
    std::vector<std::uint32_t> lengths(text_.size() / 2 + 1);
    for (std::size_t i = 0; i + 1 < lms_.size(); ++i) {
      lengths[lms_[i] / 2] = lms_[i + 1] - lms_[i] + 1;
    }
    // The last one ends with the sentinel, as no other does: its length stays 0.
    std::vector<Symbol> names(text_.size() / 2 + 1);
    std::uint32_t name_count = 0;
    Position before = kNone;
    for (const Position position : suffixes_) {
      if (!is_lms(position)) continue;
      // With the same symbols between two LMS positions, the types are the same as well.
      const std::uint32_t length = lengths[position / 2];
      const bool is_same =
          before != kNone && length != 0 && lengths[before / 2] == length &&
          std::ranges::equal(text_.subspan(before, length), text_.subspan(position, length));
      if (!is_same) ++name_count;
      names[position / 2] = name_count - 1;
      before = position;
    }
    RankedText reduced{std::vector<Symbol>(lms_.size()), name_count};
    std::ranges::transform(lms_, reduced.symbols.begin(),
                           [&](Position position) { return names[position / 2]; });
    return reduced;
  }

  std::span<const Symbol> text_;
  std::span<Position> suffixes_;
  const std::stop_token& stop_;
  std::vector<bool> is_s_;
  std::vector<std::uint32_t> bucket_starts_;  // And behind the last one the length of the text.
  std::vector<std::uint32_t> edges_;  // Of each bucket, up to where it is filled from one side.
  std::vector<Position> lms_;
};

}  // namespace

std::vector<std::uint32_t> suffix_array(std::span<const std::int32_t> text,
                                        const std::stop_token& stop) {
  assert(text.size() < kNone);
  std::vector<Position> suffixes(text.size());
  const RankedText symbols = ranked(text);
  SuffixSorter(symbols.symbols, symbols.symbol_count, suffixes, stop).sort();
  return suffixes;
}

std::vector<std::uint8_t> common_prefixes(std::span<const std::int32_t> text,
                                          std::span<const std::uint32_t> suffixes) {
  assert(text.size() == suffixes.size());
  const std::size_t size = text.size();
  std::vector<std::uint8_t> prefixes(size);
  if (size == 0) return prefixes;
  std::vector<Position> before(size);  // Of each suffix by position, the next lesser one.
  before[suffixes[0]] = kNone;
  for (std::size_t i = 1; i < size; ++i) before[suffixes[i]] = suffixes[i - 1];

  std::vector<std::uint8_t> in_text_order(size);
  std::size_t length = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (before[i] == kNone) {
      length = 0;
      continue;
    }
    const std::size_t longest = size - std::max<std::size_t>(i, before[i]);
    while (length < longest && text[i + length] == text[before[i] + length]) ++length;
    in_text_order[i] =
        static_cast<std::uint8_t>(std::min<std::size_t>(length, kLongestCommonPrefix));
    if (length > 0) --length;
  }
  for (std::size_t i = 0; i < size; ++i) prefixes[i] = in_text_order[suffixes[i]];
  return prefixes;
}

}  // namespace nextline
