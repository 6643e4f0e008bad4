#include "lsp/syntax/delimiters.h"

#include <algorithm>
#include <array>
#include <vector>

#include "lsp/syntax/lines.h"

namespace nextline::lsp {
namespace {

using Within = CursorSyntax::Within;

/// Strings in strings in strings: what is nested deeper is taken for the innermost one's.
constexpr std::size_t kDeepest = 64;

constexpr bool kOverLines = true;
constexpr bool kNoEscapes = false;

constexpr Delimited kBlockComment{"/*", "*/", Within::kComment, kOverLines, kNoEscapes};
constexpr Delimited kDouble{"\"", "\""};
constexpr Delimited kSingle{"'", "'"};

constexpr std::array kOfPython = {
    Delimited{"f\"\"\"", "\"\"\"", Within::kString, kOverLines, true, "{"},
    Delimited{"f'''", "'''", Within::kString, kOverLines, true, "{"},
    Delimited{"f\"", "\"", Within::kString, false, true, "{"},
    Delimited{"f'", "'", Within::kString, false, true, "{"},
    Delimited{"\"\"\"", "\"\"\"", Within::kString, kOverLines},
    Delimited{"'''", "'''", Within::kString, kOverLines},
    kDouble,
    kSingle};
constexpr std::array kOfC = {kBlockComment, kDouble, kSingle};
constexpr std::array kOfCpp = {kBlockComment,
                               Delimited{"R\"(", ")\"", Within::kString, kOverLines, kNoEscapes},
                               kDouble, kSingle};
constexpr std::array kOfJava = {
    kBlockComment, Delimited{"\"\"\"", "\"\"\"", Within::kString, kOverLines}, kDouble, kSingle};
constexpr std::array kOfEcmascript = {
    kBlockComment, Delimited{"`", "`", Within::kString, kOverLines, true, "${"}, kDouble, kSingle};
constexpr std::array kOfGo = {
    kBlockComment, Delimited{"`", "`", Within::kString, kOverLines, kNoEscapes}, kDouble, kSingle};
// An apostrophe mostly begins a lifetime; so only a character that is a quote is told apart.
constexpr std::array kOfRust = {
    kBlockComment, Delimited{"r#\"", "\"#", Within::kString, kOverLines, kNoEscapes},
    Delimited{"r\"", "\"", Within::kString, kOverLines, kNoEscapes}, Delimited{"'\"'", ""},
    Delimited{"\"", "\"", Within::kString, kOverLines}};
constexpr std::array kOfLua = {Delimited{"--[[", "]]", Within::kComment, kOverLines, kNoEscapes},
                               Delimited{"--[=[", "]=]", Within::kComment, kOverLines, kNoEscapes},
                               Delimited{"[[", "]]", Within::kString, kOverLines, kNoEscapes},
                               Delimited{"[=[", "]=]", Within::kString, kOverLines, kNoEscapes},
                               kDouble,
                               kSingle};
constexpr std::array kOfBash = {Delimited{"'", "'", Within::kString, kOverLines, kNoEscapes},
                                Delimited{"\"", "\"", Within::kString, kOverLines, true, "$("}};

struct Language {
  Delimiters delimiters;
  std::array<std::string_view, 16> endings;
};

constexpr std::array kLanguages = {
    Language{{"#", kOfPython}, {".py", ".pyi", ".pyw"}},
    Language{{"//", kOfC}, {".c"}},
    Language{{"//", kOfCpp},
             {".cc", ".cpp", ".cxx", ".c++", ".C", ".h", ".hh", ".hpp", ".hxx", ".h++", ".inl",
              ".ipp", ".tpp", ".cu", ".cuh"}},
    Language{{"//", kOfJava}, {".java"}},
    Language{{"//", kOfEcmascript}, {".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"}},
    Language{{"//", kOfGo}, {".go"}},
    Language{{"//", kOfRust}, {".rs"}},
    Language{{"--", kOfLua}, {".lua"}},
    Language{{"#", kOfBash}, {".sh", ".bash"}},
};

/// Goes through a text from a place in code on, and knows what it is within.
class Scan {
 public:
  Scan(const Delimiters& delimiters, std::string_view text, std::size_t first, std::size_t last)
      : delimiters_(delimiters), text_(text.substr(0, last)), whole_(text), place_(first) {}

  Within run() {
    while (place_ < text_.size()) {
      if (open_.empty() || open_.back().is_code) {
        if (step_in_code() == Within::kComment) return Within::kComment;
      } else {
        step_in(*open_.back().delimited);
      }
    }
    return open_.empty() || open_.back().is_code ? Within::kCode : open_.back().delimited->within;
  }

 private:
  struct Open {
    const Delimited* delimited;
    bool is_code;          // Code within it.
    std::size_t brackets;  // Of the code: those that are open.
  };

  bool stands(std::string_view mark) const { return text_.substr(place_).starts_with(mark); }
  char before() const { return place_ == 0 ? '\n' : text_[place_ - 1]; }

  /// A comment if the rest of the text is one; else it goes on in code, or into a string.
  Within step_in_code() {
    if (const Delimited* const opened = opened_here()) {
      place_ += opened->opener.size();
      if (!opened->closer.empty() && open_.size() < kDeepest) open_.push_back({opened, false, 0});
      return Within::kCode;
    }
    if (begins_line_comment()) {
      place_ = line_end(whole_, place_);
      return place_ >= text_.size() ? Within::kComment : Within::kCode;
    }
    if (!open_.empty()) count_bracket(text_[place_]);
    ++place_;
    return Within::kCode;
  }

  const Delimited* opened_here() const {
    const auto opened = std::ranges::find_if(
        delimiters_.list, [&](const Delimited& each) { return stands(each.opener); });
    if (opened == delimiters_.list.end()) return nullptr;
    // 1'000 in C++.
    if (opened->opener == "'" && before() >= '0' && before() <= '9') return nullptr;
    return &*opened;
  }

  bool begins_line_comment() const {
    if (!stands(delimiters_.line_comment)) return false;
    // $# and ${#a} in Bash.
    return delimiters_.line_comment != "#" ||
           (before() != '$' && before() != '{' && !is_name_byte(before()));
  }

  void count_bracket(char c) {
    Open& code = open_.back();
    const char opener = code.delimited->code.back();
    const char closer = opener == '(' ? ')' : '}';
    if (c == opener) ++code.brackets;
    if (c == closer && --code.brackets == 0) open_.pop_back();
  }

  void step_in(const Delimited& delimited) {
    if (delimited.has_escapes && text_[place_] == '\\') {
      place_ += 2;
    } else if (stands(delimited.closer)) {
      place_ += delimited.closer.size();
      open_.pop_back();
    } else if (!delimited.goes_over_lines && text_[place_] == '\n') {
      open_.pop_back();
    } else if (!delimited.code.empty() && stands(delimited.code)) {
      step_into_code(delimited);
    } else {
      ++place_;
    }
  }

  void step_into_code(const Delimited& delimited) {
    place_ += delimited.code.size();
    if (delimited.code == "{" && stands("{")) {  // Two braces mean one.
      ++place_;
    } else if (open_.size() < kDeepest) {
      open_.push_back({&delimited, true, 1});
    }
  }

  const Delimiters& delimiters_;
  std::string_view text_;  // Up to the place that is asked about.
  std::string_view whole_;
  std::size_t place_;
  std::vector<Open> open_;
};

}  // namespace

const Delimiters* Delimiters::of_file(std::string_view path) {
  const std::size_t dot = path.find_last_of("./\\");
  if (dot == std::string_view::npos || path[dot] != '.') return nullptr;
  const auto language = std::ranges::find_if(kLanguages, [&](const Language& entry) {
    return std::ranges::find(entry.endings, path.substr(dot)) != entry.endings.end();
  });
  return language == kLanguages.end() ? nullptr : &language->delimiters;
}

CursorSyntax::Within Delimiters::within(std::string_view text, std::size_t first,
                                        std::size_t last) const {
  return Scan(*this, text, first, last).run();
}

}  // namespace nextline::lsp
