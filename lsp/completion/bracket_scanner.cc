#include "lsp/completion/bracket_scanner.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lsp/completion/text_lines.h"

namespace nextline::lsp {
namespace {

/// The longest mark of a raw string that is looked for; C++ allows 16 characters.
constexpr std::size_t kLongestRawMark = 16;
/// How far out the opener of a closer is looked for: no code is nested deeper, and text that is
/// none must not cost the square of its length.
constexpr std::size_t kDeepest = 256;

/// The bytes that are brackets of code, or with which a string or a comment of any lexis begins;
/// all others are passed over.
constexpr std::array<bool, 256> kTelling = [] {
  std::array<bool, 256> telling = {};
  for (const unsigned char c : std::string_view("()[]{}\"'`/#-<Rr")) telling[c] = true;
  return telling;
}();

class Scanner {
 public:
  Scanner(std::string_view text, const Lexis& lexis, Inside begin) : text_(text), lexis_(lexis) {
    scanned_.end = std::move(begin);
  }

  Scanned scan() {
    while (at_ < text_.size()) {
      if (inside().kind == Inside::Kind::kCode) {
        read_code();
      } else {
        read_until_closed();
      }
    }
    return std::move(scanned_);
  }

 private:
  Inside& inside() { return scanned_.end; }
  bool stands_here(std::string_view word) const {
    return !word.empty() && text_.substr(at_).starts_with(word);
  }
  bool is_behind_word() const { return at_ > 0 && is_name_byte(text_[at_ - 1]); }

  void read_until_closed() {
    const char c = text_[at_];
    if (inside().kind == Inside::Kind::kLineComment) {
      if (is_line_end(c)) inside() = {};
      ++at_;
    } else if (inside().has_escapes && c == '\\') {
      at_ = std::min(at_ + 2, text_.size());  // A string goes on behind an escaped line end.
    } else if (inside().is_one_line && is_line_end(c)) {
      close(1);
    } else if (stands_here(inside().closer)) {
      close(inside().closer.size());
    } else {
      ++at_;
    }
  }

  void close(std::size_t length) {
    if (inside().kind == Inside::Kind::kString) {
      scanned_.brackets.push_back({false, inside().closer.front(), at_});
    }
    inside() = {};
    at_ += length;
  }

  void read_code() {
    if (!kTelling[static_cast<unsigned char>(text_[at_])]) {
      ++at_;
      return;
    }
    if (begin_comment() || begin_raw_string() || begin_string()) return;
    const char c = text_[at_];
    constexpr std::string_view kOpeners = "([{";
    constexpr std::string_view kClosers = ")]}";
    const std::size_t opener = kOpeners.find(c);
    if (opener != std::string_view::npos) {
      scanned_.brackets.push_back({true, kClosers[opener], at_});
    } else if (kClosers.find(c) != std::string_view::npos) {
      scanned_.brackets.push_back({false, c, at_});
    }
    ++at_;
  }

  bool begin_comment() {
    if (stands_here(lexis_.block_comment_begin)) {
      inside() = {Inside::Kind::kBlockComment, std::string(lexis_.block_comment_end)};
      at_ += lexis_.block_comment_begin.size();
      return true;
    }
    if (lexis_.comments_begin_words && at_ > 0 && !is_blank_within_line(text_[at_ - 1]) &&
        !is_line_end(text_[at_ - 1]) && text_[at_ - 1] != ';') {
      return false;
    }
    for (const std::string_view begin : lexis_.line_comments) {
      if (!stands_here(begin)) continue;
      inside() = {Inside::Kind::kLineComment};
      at_ += begin.size();
      return true;
    }
    return false;
  }

  void begin(std::size_t length, Inside string) {
    scanned_.brackets.push_back({true, string.closer.front(), at_});
    at_ += length;
    string.kind = Inside::Kind::kString;
    inside() = std::move(string);
  }

  bool begin_raw_string() {
    if (lexis_.long_brackets && stands_here("[[")) {
      begin(2, {.closer = "]]"});
      return true;
    }
    if (is_behind_word()) return false;
    if (lexis_.raw_strings_of_cpp && stands_here("R\"")) return begin_raw_string_of_cpp();
    if (lexis_.raw_strings_of_rust && stands_here("r")) return begin_raw_string_of_rust();
    return false;
  }

  bool begin_raw_string_of_cpp() {
    const std::string_view behind = text_.substr(at_ + 2, kLongestRawMark + 1);
    const std::size_t mark = behind.find('(');
    if (mark == std::string_view::npos) return false;
    std::string closer = ")";
    closer.append(behind.substr(0, mark)).append("\"");
    begin(mark + 3, {.closer = std::move(closer)});
    return true;
  }

  bool begin_raw_string_of_rust() {
    std::size_t signs = 0;
    while (signs <= kLongestRawMark && stands_here_at(at_ + 1 + signs, '#')) ++signs;
    if (!stands_here_at(at_ + 1 + signs, '"')) return false;
    std::string closer = "\"";
    closer.append(signs, '#');
    begin(signs + 2, {.closer = std::move(closer)});
    return true;
  }

  bool stands_here_at(std::size_t offset, char c) const {
    return offset < text_.size() && text_[offset] == c;
  }

  bool begin_string() {
    const char c = text_[at_];
    if (c == '`' && lexis_.backticks) {
      begin(1, {.closer = "`", .has_escapes = !lexis_.raw_backticks});
      return true;
    }
    if (c != '"' && (c != '\'' || !begins_string())) return false;
    const std::string three(3, c);
    if (lexis_.triple_quotes && stands_here(three)) {
      begin(3, {.closer = three, .has_escapes = true});
    } else {
      const bool is_raw = c == '\'' && lexis_.apostrophe == Apostrophe::kRawString;
      begin(1, {.closer = std::string(1, c), .is_one_line = true, .has_escapes = !is_raw});
    }
    return true;
  }

  /// Whether the ' here begins a string, or a character.
  bool begins_string() const {
    switch (lexis_.apostrophe) {
      case Apostrophe::kString:
      case Apostrophe::kRawString:
        return true;
      case Apostrophe::kCharacter:
        return !is_behind_word();
      case Apostrophe::kLifetime:
        return begins_character_of_rust();
      case Apostrophe::kNothing:
        return false;
    }
    return false;
  }

  bool begins_character_of_rust() const {
    const std::string_view behind = text_.substr(at_ + 1);
    if (behind.empty()) return at_ == 0 || (text_[at_ - 1] != '&' && text_[at_ - 1] != '<');
    if (behind.front() == '\\') return true;
    if (behind.front() == '\'') return true;
    std::size_t length = 1;  // Of the character, whose further bytes are 10xxxxxx.
    while (length < behind.size() && (behind[length] & 0xC0) == 0x80) ++length;
    return length < behind.size() && behind[length] == '\'';
  }

  std::string_view text_;
  const Lexis& lexis_;
  std::size_t at_ = 0;
  Scanned scanned_;
};

}  // namespace

Scanned scan_brackets(std::string_view text, const Lexis& lexis, Inside begin) {
  return Scanner(text, lexis, std::move(begin)).scan();
}

bool OpenBrackets::follow(const Bracket& bracket) {
  if (bracket.opens) {
    closers_.push_back(bracket.mark);
    return true;
  }
  const std::size_t outermost = closers_.size() - std::min(closers_.size(), kDeepest);
  const std::size_t found = std::string_view(closers_).substr(outermost).rfind(bracket.mark);
  if (found == std::string_view::npos) return false;
  const std::size_t opener = outermost + found;
  left_open_ += closers_.size() - opener - 1;
  closers_.resize(opener);
  return true;
}

}  // namespace nextline::lsp
