#include "server/replay/document_window.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/replay/document_code.h"

namespace nextline::replay {
namespace {

constexpr std::size_t kShareOfHead = 8;
constexpr std::size_t kShareBehind = 4;

/// Lines of the document with the awaited line in its place; that line is none of the window's
/// tokens.
struct Window {
  std::size_t head_begin;  ///< Lines [head_begin, head_end)
  std::size_t head_end;
  std::size_t before_begin;  ///< and [before_begin, the awaited line)
  std::size_t behind_end;    ///< and (the awaited line, behind_end).
};

class WindowCutter {
 public:
  WindowCutter(const Document& document, const Tokenizer& tokenizer)
      : code_(document), tokenizer_(tokenizer), awaited_(code_.awaited_line()) {}

  DocumentWindow cut(std::size_t most_tokens) const {
    Window window{0, 0, awaited_, awaited_ + 1};
    std::size_t left = most_tokens - std::min<std::size_t>(most_tokens, 1);  // Its line end.
    window.behind_end = lines_behind(most_tokens / kShareBehind, left);
    if (!takes_all_before(left)) take_head(most_tokens / kShareOfHead, window, left);
    while (window.before_begin > window.head_end && take(window.before_begin - 1, left)) {
      --window.before_begin;
    }
    while (cuts_through(window)) ++window.before_begin;
    // What two lines are together may be more tokens than what they are apart.
    Document made = document_of(window);
    while (window.before_begin < awaited_ && tokenizer_.encode(made.text).size() > most_tokens) {
      do ++window.before_begin;
      while (cuts_through(window));
      made = document_of(window);
    }
    return {std::move(made),
            {lines().begin(window.head_begin), lines().begin(window.head_end)},
            lines().begin(window.before_begin)};
  }

 private:
  const SourceLines& lines() const { return code_.lines(); }

  /// Takes a line's tokens of what is left; not if it has more.
  bool take(std::size_t line, std::size_t& left) const {
    const std::size_t tokens = tokenizer_.encode(lines().with_end(line)).size();
    if (tokens > left) return false;
    left -= tokens;
    return true;
  }

  bool takes_all_before(std::size_t left) const {
    for (std::size_t i = awaited_; i > 0; --i) {
      if (!take(i - 1, left)) return false;
    }
    return true;
  }

  std::size_t lines_behind(std::size_t budget, std::size_t& left) const {
    const std::size_t all = budget;
    std::size_t end = awaited_ + 1;
    while (end < lines().count() && take(end, budget)) ++end;
    left -= std::min(left, all - budget);
    return end;
  }

  /// What the file says of itself before its first line of code is left out.
  void take_head(std::size_t budget, Window& window, std::size_t& left) const {
    while (window.head_begin < awaited_ && !code_.is_code(window.head_begin) &&
           !code_.is_import(window.head_begin)) {
      ++window.head_begin;
    }
    window.head_end = window.head_begin;
    while (window.head_end < awaited_ && take(window.head_end, budget)) ++window.head_end;
    while (window.head_end > window.head_begin && code_.is_within_whole(window.head_end)) {
      --window.head_end;
    }
    for (std::size_t i = window.head_begin; i < window.head_end; ++i) take(i, left);
  }

  bool cuts_through(const Window& window) const {
    return window.before_begin > window.head_end && window.before_begin < awaited_ &&
           code_.is_within_whole(window.before_begin);
  }

  Document document_of(const Window& window) const {
    Document made = code_.document();
    made.text = lines().range(window.head_begin, window.head_end);
    made.text += lines().range(window.before_begin, awaited_);
    made.cursor = made.text.size();
    made.text += lines().range(awaited_, window.behind_end).substr(made.awaited.size());
    return made;
  }

  DocumentCode code_;
  const Tokenizer& tokenizer_;
  std::size_t awaited_;
};

}  // namespace

Document cut_to_window(const Document& document, const Tokenizer& tokenizer,
                       std::size_t most_tokens) {
  return window_of(document, tokenizer, most_tokens).document;
}

DocumentWindow window_of(const Document& document, const Tokenizer& tokenizer,
                         std::size_t most_tokens) {
  return WindowCutter(document, tokenizer).cut(most_tokens);
}

std::optional<lsp::ByteSpan> DocumentWindow::place_of(const lsp::ByteSpan& whole) const {
  const auto moved = [&](std::size_t from, std::size_t to) {
    return lsp::ByteSpan{whole.first - from + to, whole.last - from + to};
  };
  if (whole.first >= before) return moved(before, head.size());
  if (!head.is_empty() && head.has(whole)) return moved(head.first, 0);
  return std::nullopt;
}

}  // namespace nextline::replay
