#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "engine/session/replacement.h"
#include "engine/tokenizer/tokenized_text.h"
#include "engine/tokenizer/tokenizer.h"

namespace nextline {

/// Where text is to be filled in, in bytes of a document: between what stands before it and what
/// stands behind it. The two are the same place but where something is selected that the filling
/// replaces.
struct Gap {
  std::size_t before = 0;
  std::size_t behind = 0;
  bool operator==(const Gap&) const = default;
};

/// A document as a prompt sees it: the tokens of the text before the gap and of the text behind it.
///
/// The text before is cut back before the piece that could still grow (token healing, see
/// `heal_point`); the bytes between, `healed`, are what generated text must begin with. Of large
/// documents only a window around the gap is held, in bytes, which moves in large steps.
///
/// An edit costs the length of what it changed, not that of the document; moving the gap costs the
/// length of what it passes.
class TextAroundCursor {
 public:
  enum class Side : unsigned char { kBefore, kBehind };
  /// Told of each change of a side's tokens while that side is as the change left it.
  using OnChange = std::function<void(Side, const TokenChange&)>;

  struct Options {
    bool heals_tokens = true;
    /// Bytes of each side that are held at the least where there are as many; twice as many at
    /// most.
    std::size_t window = std::size_t{128} << 10;
  };

  TextAroundCursor(const Tokenizer& tokenizer, const Options& options)
      : tokenizer_(tokenizer), options_(options), before_(tokenizer), behind_(tokenizer) {}

  /// Follows the document to `text`, which came of the one before by `replacements`, ascending, and
  /// moves the gap.
  void update(std::string_view text, std::span<const Replacement> replacements, Gap gap,
              const OnChange& on_change);

  const TokenizedText& before() const { return before_; }
  const TokenizedText& behind() const { return behind_; }
  const std::string& healed() const { return healed_; }
  Gap gap() const { return gap_; }

  /// Tokens [first, last) of a side.
  struct TokenRange {
    std::size_t first;
    std::size_t last;
  };
  /// The tokens of a side that have any of the document's bytes [first, last).
  TokenRange tokens_of(Side side, std::size_t first, std::size_t last) const;

 private:
  /// Makes a side, which holds the bytes [old_first, old_last) of the old text, hold the bytes
  /// [new_first, new_last) of the new one.
  void follow(Side side, std::string_view text, std::span<const Replacement> replacements,
              std::size_t old_first, std::size_t old_last, std::size_t new_first,
              std::size_t new_last, const OnChange& on_change);

  const Tokenizer& tokenizer_;
  Options options_;
  TokenizedText before_;  // [window_first_, healed_first_)
  TokenizedText behind_;  // [gap_.behind, window_last_)
  std::string healed_;    // [healed_first_, gap_.before)
  Gap gap_;
  std::size_t healed_first_ = 0;
  std::size_t window_first_ = 0;
  std::size_t window_last_ = 0;
};

}  // namespace nextline
