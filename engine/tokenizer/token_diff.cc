#include "engine/tokenizer/token_diff.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

namespace nextline {
namespace {

using Tokens = std::span<const TokenId>;

// Tokens [before, before_end) of the old list against [after, after_end) of the new one.
struct Box {
  std::size_t before;
  std::size_t before_end;
  std::size_t after;
  std::size_t after_end;

  std::size_t removed() const { return before_end - before; }
  std::size_t inserted() const { return after_end - after; }
};

// Without the tokens that both sides have at the beginning, then those at the end.
Box trimmed(Tokens before, Tokens after, Box box) {
  while (box.removed() > 0 && box.inserted() > 0 && before[box.before] == after[box.after]) {
    ++box.before;
    ++box.after;
  }
  while (box.removed() > 0 && box.inserted() > 0 &&
         before[box.before_end - 1] == after[box.after_end - 1]) {
    --box.before_end;
    --box.after_end;
  }
  return box;
}

/// Finds a shortest list of deletions and insertions: Myers, "An O(ND) Difference Algorithm and Its
/// Variations", the linear-space refinement of section 4b. In its edit graph a step to the right
/// deletes a token of `before`, a step down inserts one of `after`, a diagonal keeps one; diagonal
/// k has the points with x - y = k.
class ShortestEdit {
 public:
  ShortestEdit(Tokens before, Tokens after, std::size_t most_steps)
      : before_(before),
        after_(after),
        steps_left_(static_cast<std::ptrdiff_t>(most_steps)),
        origin_(static_cast<std::ptrdiff_t>((before.size() + after.size() + 1) / 2 + 1)),
        forward_(2 * origin_ + 1),
        backward_(2 * origin_ + 1) {}

  /// The boxes in which nothing is kept, ascending.
  std::vector<Box> find() {
    search({0, before_.size(), 0, after_.size()});
    return std::move(changes_);
  }

 private:
  struct Point {
    std::size_t x;
    std::size_t y;
  };

  void search(const Box& whole) {
    const Box box = trimmed(before_, after_, whole);
    if (box.removed() == 0 && box.inserted() == 0) return;
    const bool is_pure = box.removed() == 0 || box.inserted() == 0;
    const auto middle = is_pure ? std::nullopt : middle_of(box);
    if (!middle) {
      add(box);
      return;
    }
    search({box.before, box.before + middle->x, box.after, box.after + middle->y});
    search({box.before + middle->x, box.before_end, box.after + middle->y, box.after_end});
  }

  void add(const Box& box) {
    const bool continues = !changes_.empty() && changes_.back().before_end == box.before &&
                           changes_.back().after_end == box.after;
    if (!continues) {
      changes_.push_back(box);
      return;
    }
    changes_.back().before_end = box.before_end;
    changes_.back().after_end = box.after_end;
  }

  // A point halfway on a shortest path through the box, relative to its corner; nothing once the
  // steps are used up. Paths of d deletions and insertions, as far as they reach on each diagonal,
  // grow from both corners until two of them meet.
  std::optional<Point> middle_of(const Box& box) {
    const auto width = static_cast<std::ptrdiff_t>(box.removed());
    const auto height = static_cast<std::ptrdiff_t>(box.inserted());
    const std::ptrdiff_t difference = width - height;
    const bool is_odd = difference % 2 != 0;

    const auto keeps = [&](std::ptrdiff_t x, std::ptrdiff_t y) {
      return before_[box.before + x] == after_[box.after + y];
    };
    const auto keeps_backward = [&](std::ptrdiff_t x, std::ptrdiff_t y) {
      return before_[box.before_end - 1 - x] == after_[box.after_end - 1 - y];
    };
    // How far the longest path with d steps gets on diagonal k, from what d - 1 steps reached.
    const auto extend = [&](std::vector<std::ptrdiff_t>& reached, std::ptrdiff_t d,
                            std::ptrdiff_t k, const auto& is_kept) {
      const bool goes_down =
          k == -d || (k != d && reached[origin_ + k - 1] < reached[origin_ + k + 1]);
      const std::ptrdiff_t start =
          goes_down ? reached[origin_ + k + 1] : reached[origin_ + k - 1] + 1;
      std::ptrdiff_t x = start;
      while (x < width && x - k < height && is_kept(x, x - k)) ++x;
      steps_left_ -= x - start + 1;
      return reached[origin_ + k] = x;
    };

    forward_[origin_ + 1] = 0;
    backward_[origin_ + 1] = 0;
    for (std::ptrdiff_t d = 0; steps_left_ > 0; ++d) {
      for (std::ptrdiff_t k = -d; k <= d; k += 2) {
        const std::ptrdiff_t x = extend(forward_, d, k, keeps);
        const std::ptrdiff_t opposite = difference - k;
        if (!is_odd || std::abs(opposite) > d - 1) continue;
        if (x + backward_[origin_ + opposite] >= width) return point(x, x - k);
      }
      for (std::ptrdiff_t k = -d; k <= d; k += 2) {
        const std::ptrdiff_t x = extend(backward_, d, k, keeps_backward);
        const std::ptrdiff_t opposite = difference - k;
        if (is_odd || std::abs(opposite) > d) continue;
        if (x + forward_[origin_ + opposite] >= width) return point(width - x, height - (x - k));
      }
    }
    return std::nullopt;
  }

  static Point point(std::ptrdiff_t x, std::ptrdiff_t y) {
    return {static_cast<std::size_t>(x), static_cast<std::size_t>(y)};
  }

  Tokens before_;
  Tokens after_;
  std::ptrdiff_t steps_left_;
  // The x that paths have reached, by diagonal, counted from the corner where they begin;
  // diagonal 0 stands at origin_.
  std::ptrdiff_t origin_;
  std::vector<std::ptrdiff_t> forward_;
  std::vector<std::ptrdiff_t> backward_;
  std::vector<Box> changes_;
};

// The changes, with those joined that keep fewer than `shortest_kept` tokens between them.
std::vector<Box> joined(const std::vector<Box>& changes, std::size_t shortest_kept) {
  std::vector<Box> result;
  for (const Box& change : changes) {
    if (!result.empty() && change.before - result.back().before_end < shortest_kept) {
      result.back().before_end = change.before_end;
      result.back().after_end = change.after_end;
    } else {
      result.push_back(change);
    }
  }
  return result;
}

// Of several shortest ways the search takes one that depends on the side it calls old. Always
// starting from the lesser list makes the way back the mirrored one.
bool is_lesser(Tokens a, Tokens b) {
  if (a.size() != b.size()) return a.size() < b.size();
  return std::ranges::lexicographical_compare(a, b);
}

std::vector<Box> changed_boxes(Tokens before, Tokens after, const TokenDiffOptions& options) {
  const Box whole = trimmed(before, after, {0, before.size(), 0, after.size()});
  if (whole.removed() == 0 && whole.inserted() == 0) return {};
  if (std::min(whole.removed(), whole.inserted()) <= options.longest_replaced_as_a_whole) {
    return {whole};
  }
  const std::vector<Box> found = ShortestEdit(before, after, options.most_steps).find();
  std::vector<Box> changes;
  for (const Box& change : joined(found, options.shortest_kept)) {
    const Box box = trimmed(before, after, change);
    if (box.removed() > 0 || box.inserted() > 0) changes.push_back(box);
  }
  return changes;
}

}  // namespace

std::vector<TokenChange> diff(std::span<const TokenId> before, std::span<const TokenId> after,
                              const TokenDiffOptions& options) {
  const bool is_mirrored = is_lesser(after, before);
  std::vector<TokenChange> changes;
  for (const Box& box : is_mirrored ? changed_boxes(after, before, options)
                                    : changed_boxes(before, after, options)) {
    changes.push_back(is_mirrored ? TokenChange{box.before, box.inserted(), box.removed()}
                                  : TokenChange{box.after, box.removed(), box.inserted()});
  }
  return changes;
}

}  // namespace nextline
