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
/// `heal_point`); the bytes between, `healed`, are what generated text must begin with.
///
/// Of a document that has more tokens than there is room for, the sides hold what surrounds the gap
/// and, of the text before, the file's head, which imports and declares: `before` is the text
/// without the bytes `elided`. The ends of what is held are beginnings of lines, or of characters
/// where lines are long, and move in large steps, so that not every key moves them. How many bytes
/// a side may hold is estimated from what is held, and then trimmed by its tokens.
///
/// An edit costs the length of what it changed, not that of the document; moving the gap costs the
/// length of what it passes, and no more than what there is room for.
class TextAroundCursor {
 public:
  enum class Side : unsigned char { kBefore, kBehind };
  /// Told of each change of a side's tokens while that side is as the change left it.
  using OnChange = std::function<void(Side, const TokenChange&)>;

  struct Options {
    bool heals_tokens = true;
    /// Whether there is a text behind; else it is always empty.
    bool holds_behind = true;
    /// Tokens that both sides have together at the most. A quarter is for the text behind where the
    /// text before needs the rest, and about an eighth, or 512, for the head; what one side does
    /// not need the other may have.
    std::size_t room = 32'768;
  };

  /// Bytes [first, last) of the document.
  struct ByteRange {
    std::size_t first = 0;
    std::size_t last = 0;
    std::size_t size() const { return last - first; }
    bool operator==(const ByteRange&) const = default;
  };
  /// Tokens [first, last) of a side.
  struct TokenRange {
    std::size_t first;
    std::size_t last;
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
  Gap gap() const { return {window_.before.last + healed_.size(), window_.behind.first}; }
  std::size_t document_size() const { return document_size_; }

  /// What the text before leaves out: it begins with the bytes before this and goes on with those
  /// behind it. Empty where it leaves out nothing.
  ByteRange elided() const { return {window_.head_end, window_.before.first}; }
  /// The tokens of a side that have any of the document's bytes [first, last).
  TokenRange tokens_of(Side side, std::size_t first, std::size_t last) const;

 private:
  /// What is held of the document: its head, which ends at `head_end`, and what surrounds the gap.
  /// Where nothing is left out between the two, they may meet anywhere.
  struct Window {
    std::size_t head_end = 0;
    ByteRange before;
    ByteRange behind;
    bool operator==(const Window&) const = default;
  };
  /// Tokens for each side.
  struct Shares {
    std::size_t before;
    std::size_t behind;
  };

  /// The window where an edit and a move of the gap have brought it.
  Window moved_window(std::string_view text, std::span<const Replacement> replacements,
                      Gap gap) const;
  /// Moves the ends of the window until both sides have enough and together not too much.
  void fit(std::string_view text, const OnChange& on_change);
  /// The window with more of the sides that have too little, or itself.
  Window lengthened(std::string_view text) const;
  /// The window with less of the sides that have more than their share of `room`.
  Window shortened(std::string_view text, std::size_t room) const;
  /// Where a head of about the right length ends: where it does, if that is about right.
  std::size_t head_end(std::string_view text) const;

  std::size_t size() const { return before_.size() + behind_.size(); }
  std::size_t head_size() const { return before_.token_at(window_.head_end); }
  /// Bytes of the document behind those held.
  std::size_t left_behind() const;
  /// How `room` is shared out, as far as the number of tokens that are not held can be estimated.
  Shares shares(std::size_t room) const;
  double bytes_per_token() const;
  std::size_t bytes_for(std::size_t tokens) const;
  /// So many bytes are looked through for the beginning of a line.
  std::size_t reach() const;

  /// Makes the sides hold `window` of the text.
  void hold(std::string_view text, std::span<const Replacement> replacements, const Window& window,
            const OnChange& on_change);
  /// Makes a side hold the bytes `now` of the new text from `offset` on, where it holds the bytes
  /// `held` of the old one.
  void follow(Side side, std::size_t offset, std::string_view text,
              std::span<const Replacement> replacements, ByteRange held, ByteRange now,
              const OnChange& on_change);

  const Tokenizer& tokenizer_;
  Options options_;
  TokenizedText before_;
  TokenizedText behind_;
  std::string healed_;
  Window window_;
  std::size_t document_size_ = 0;
};

}  // namespace nextline
