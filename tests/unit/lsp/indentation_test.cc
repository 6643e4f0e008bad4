#include "lsp/completion/indentation.h"

#include <gtest/gtest.h>

namespace nextline::lsp {
namespace {

std::optional<IndentationStyle> style_of(std::string_view before, std::string_view behind = "") {
  return indentation_around(before, behind, lexis_of("python"));
}

TEST(IndentationStyle, IsThatOfTheNearestIndentedLine) {
  EXPECT_TRUE(style_of("if a:\n  b\nif c:\n\td\n")->tabs);
  EXPECT_FALSE(style_of("if a:\n\tb\nif c:\n  d\n")->tabs);
  EXPECT_TRUE(style_of("if a:\n  b\n\t")->tabs);
  EXPECT_TRUE(style_of("a\n", "\nif b:\n\tc\n")->tabs);
  EXPECT_FALSE(style_of("a\n", "\nb"));
}

TEST(IndentationStyle, HasTheWidthThatBlocksShow) {
  EXPECT_EQ(style_of("if a:\n  b\n")->width, 2U);
  EXPECT_EQ(style_of("if a:\n    b(c,\n      d)\nif e:\n    f\n")->width, 4U);
  EXPECT_FALSE(style_of("f(a,\n  b)\n")->width_is_known);
}

TEST(IndentationStyle, IsNotThatOfAlignedComments) {
  EXPECT_TRUE(style_of("{\n\t/*\n * text\n */\n")->tabs);
}

TEST(OpensBlock, TellsTheLinesThatBlocksFollow) {
  for (const char* const line : {"def f():", "if x: # why", "else:"}) {
    EXPECT_TRUE(opens_block(line, lexis_of("python"))) << line;
  }
  for (const char* const line : {"local function f(a)", "if x then", "while x do", "repeat"}) {
    EXPECT_TRUE(opens_block(line, lexis_of("lua"))) << line;
  }
  for (const char* const line : {"", "x = 1", "f()", "# note:", "undo"}) {
    EXPECT_FALSE(opens_block(line, lexis_of("python"))) << line;
  }
}

}  // namespace
}  // namespace nextline::lsp
