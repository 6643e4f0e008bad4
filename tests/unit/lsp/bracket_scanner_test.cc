#include "lsp/completion/bracket_scanner.h"

#include <gtest/gtest.h>

#include <string>

namespace nextline::lsp {
namespace {

/// The brackets of a text as they are spelled there, with those in strings and comments left out;
/// quotes are left out as well.
std::string code_brackets(std::string_view language, std::string_view text) {
  std::string brackets;
  for (const Bracket& bracket : scan_brackets(text, lexis_of(language)).brackets) {
    if (std::string_view(")]}").find(bracket.mark) == std::string_view::npos) continue;
    brackets += text[bracket.offset];
  }
  return brackets;
}

Inside::Kind end_of(std::string_view language, std::string_view text) {
  return scan_brackets(text, lexis_of(language)).end.kind;
}

TEST(BracketScanner, LeavesOutWhatIsInStringsAndComments) {
  EXPECT_EQ(code_brackets("python", "f(')', \"]\", '''\n}''')  # )"), "()");
  EXPECT_EQ(code_brackets("cpp", "f(\"\\\")\", ')', /* ] */ a[1]); // }"), "([])");
  EXPECT_EQ(code_brackets("typescript", "f(`)${a}`, ')')"), "()");
  EXPECT_EQ(code_brackets("go", "f(`\\`, ')', \")\")"), "()");
  EXPECT_EQ(code_brackets("shellscript", "f() { echo \"}\" # }"), "(){");
  EXPECT_EQ(code_brackets("shellscript", "f() { sed '(\\'; }"), "(){}");
}

TEST(BracketScanner, KnowsWhatLooksLikeAStringOrCommentAndIsNone) {
  EXPECT_EQ(code_brackets("python", "f(a // b)"), "()");
  EXPECT_EQ(code_brackets("rust", "fn f<'a>(x: &'a str) { g('(', '\\'') }"), "(){()}");
  EXPECT_EQ(code_brackets("cpp", "#define f(x) (1'000)"), "()()");
  EXPECT_EQ(code_brackets("shellscript", "f ${#a} $(b $#)"), "{}()");
  EXPECT_EQ(code_brackets("typescriptreact", "<p>Don't {a}</p>"), "{}");
  EXPECT_EQ(code_brackets("markdown", "it's (so)"), "()");
}

TEST(BracketScanner, KnowsRawStrings) {
  EXPECT_EQ(code_brackets("rust", "f(r#\"\")\"#)"), "()");
  EXPECT_EQ(code_brackets("lua", "f([[ } ]])").substr(0, 1), "(");
  EXPECT_EQ(end_of("cpp", "R\"x( \" )\" "), Inside::Kind::kString);
  EXPECT_EQ(end_of("cpp", "R\"x( \" )x\" "), Inside::Kind::kCode);
  EXPECT_EQ(end_of("lua", "--[[ ) \n"), Inside::Kind::kBlockComment);
}

TEST(BracketScanner, EndsAStringOfOneLineWithItsLine) {
  EXPECT_EQ(end_of("python", "x = 'abc"), Inside::Kind::kString);
  EXPECT_EQ(end_of("python", "x = 'abc\n"), Inside::Kind::kCode);
  EXPECT_EQ(end_of("python", "x = '''abc\n"), Inside::Kind::kString);
  EXPECT_EQ(end_of("c", "// abc"), Inside::Kind::kLineComment);
}

TEST(OpenBrackets, AreWhatIsAwaited) {
  OpenBrackets open;
  for (const Bracket& bracket : scan_brackets("f(a[{", lexis_of("c")).brackets)
    open.follow(bracket);
  EXPECT_EQ(open.closers(), ")]}");
  EXPECT_TRUE(open.follow({false, ']', 0}));
  EXPECT_EQ(open.closers(), ")");
  EXPECT_EQ(open.left_open(), 1U);
  EXPECT_FALSE(open.follow({false, '}', 0}));
}

}  // namespace
}  // namespace nextline::lsp
