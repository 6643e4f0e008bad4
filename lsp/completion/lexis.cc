#include "lsp/completion/lexis.h"

#include <algorithm>

namespace nextline::lsp {
namespace {

constexpr Lexis kUnknown = {};
constexpr Lexis kProse = {.apostrophe = Apostrophe::kNothing, .prose = true};
constexpr Lexis kPython = {
    .apostrophe = Apostrophe::kString, .triple_quotes = true, .line_comments = {"#"}};
constexpr Lexis kC = {
    .line_comments = {"//"}, .block_comment_begin = "/*", .block_comment_end = "*/"};
constexpr Lexis kCpp = {.raw_strings_of_cpp = true,
                        .line_comments = {"//"},
                        .block_comment_begin = "/*",
                        .block_comment_end = "*/"};
constexpr Lexis kJava = {.triple_quotes = true,
                         .line_comments = {"//"},
                         .block_comment_begin = "/*",
                         .block_comment_end = "*/"};
constexpr Lexis kJavaScript = {.backticks = true,
                               .line_comments = {"//"},
                               .block_comment_begin = "/*",
                               .block_comment_end = "*/"};
constexpr Lexis kGo = {.backticks = true,
                       .raw_backticks = true,
                       .line_comments = {"//"},
                       .block_comment_begin = "/*",
                       .block_comment_end = "*/"};
constexpr Lexis kRust = {.apostrophe = Apostrophe::kLifetime,
                         .raw_strings_of_rust = true,
                         .line_comments = {"//"},
                         .block_comment_begin = "/*",
                         .block_comment_end = "*/"};
constexpr Lexis kLua = {.apostrophe = Apostrophe::kString,
                        .long_brackets = true,
                        .line_comments = {"--"},
                        .block_comment_begin = "--[[",
                        .block_comment_end = "]]"};
constexpr Lexis kShell = {.apostrophe = Apostrophe::kRawString,
                          .line_comments = {"#"},
                          .comments_begin_words = true,
                          .lone_parentheses = true};
constexpr Lexis kNumberSign = {.line_comments = {"#"}, .comments_begin_words = true};
constexpr Lexis kDashes = {
    .line_comments = {"--"}, .block_comment_begin = "/*", .block_comment_end = "*/"};
constexpr Lexis kMarkup = {.apostrophe = Apostrophe::kNothing,
                           .block_comment_begin = "<!--",
                           .block_comment_end = "-->",
                           .prose = true};
constexpr Lexis kPhp = {
    .line_comments = {"//", "#"}, .block_comment_begin = "/*", .block_comment_end = "*/"};

struct Known {
  std::string_view language;
  const Lexis& lexis;
};

constexpr std::array<Known, 48> kKnown = {{{"", kProse},
                                           {"c", kC},
                                           {"cmake", kNumberSign},
                                           {"cpp", kCpp},
                                           {"csharp", kJava},
                                           {"css", kC},
                                           {"cuda-cpp", kCpp},
                                           {"dart", kJava},
                                           {"dockerfile", kNumberSign},
                                           {"elixir", kNumberSign},
                                           {"go", kGo},
                                           {"groovy", kJava},
                                           {"haskell", kDashes},
                                           {"html", kMarkup},
                                           {"java", kJava},
                                           {"javascript", kJavaScript},
                                           {"javascriptreact", kJavaScript},
                                           {"julia", kNumberSign},
                                           {"kotlin", kJava},
                                           {"log", kProse},
                                           {"lua", kLua},
                                           {"makefile", kNumberSign},
                                           {"markdown", kProse},
                                           {"objective-c", kC},
                                           {"objective-cpp", kCpp},
                                           {"perl", kNumberSign},
                                           {"php", kPhp},
                                           {"plaintext", kProse},
                                           {"proto", kC},
                                           {"python", kPython},
                                           {"r", kNumberSign},
                                           {"rst", kProse},
                                           {"ruby", kNumberSign},
                                           {"rust", kRust},
                                           {"scala", kJava},
                                           {"scss", kC},
                                           {"shellscript", kShell},
                                           {"sql", kDashes},
                                           {"swift", kJava},
                                           {"tex", kProse},
                                           {"text", kProse},
                                           {"toml", kNumberSign},
                                           {"txt", kProse},
                                           {"typescript", kJavaScript},
                                           {"typescriptreact", kJavaScript},
                                           {"xml", kMarkup},
                                           {"yaml", kNumberSign},
                                           {"zig", kC}}};
static_assert(std::ranges::is_sorted(kKnown, {}, &Known::language));

}  // namespace

const Lexis& lexis_of(std::string_view language) {
  const auto known = std::ranges::lower_bound(kKnown, language, {}, &Known::language);
  return known != kKnown.end() && known->language == language ? known->lexis : kUnknown;
}

}  // namespace nextline::lsp
