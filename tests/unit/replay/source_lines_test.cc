#include "server/replay/source_lines.h"

#include <gtest/gtest.h>

#include "tests/unit/replay/sample_code.h"

namespace nextline::replay {
namespace {

TEST(SourceLines, AreTheTextInPieces) {
  const SourceLines lines("a\r\n\n  b");
  ASSERT_EQ(lines.count(), 3u);
  EXPECT_EQ(lines[0], "a");
  EXPECT_EQ(lines.with_end(0), "a\r\n");
  EXPECT_EQ(lines[2], "  b");
  EXPECT_EQ(lines.code(2), "b");
  EXPECT_EQ(lines.range(0, 3), lines.text());
  EXPECT_EQ(indentation_of(lines[2]), "  ");
}

TEST(SourceLines, OfAnOffsetIsTheLineThatHasIt) {
  const SourceLines lines("a\nbc\n");
  ASSERT_EQ(lines.count(), 3u);
  EXPECT_EQ(lines.of(0), 0u);
  EXPECT_EQ(lines.of(1), 0u);
  EXPECT_EQ(lines.of(2), 1u);
  EXPECT_EQ(lines.of(5), 2u);  // Behind the last line end.
  EXPECT_EQ(SourceLines("").count(), 1u);
}

TEST(SourceLines, KnowsWholeWords) {
  EXPECT_TRUE(has_word("x = size", "size"));
  EXPECT_TRUE(has_word("sizes, size", "size"));
  EXPECT_FALSE(has_word("sizes, resize, size_", "size"));
}

TEST(SourceLines, ThatAreCodeAreNoProseNoStringsAndNoImports) {
  const std::string_view text =
      "import a\n"
      "# b\n"
      "\n"
      "c = '''\n"
      "d'''\n"
      "def e():\n"
      "    \"\"\"f\n"
      "    g\"\"\"\n"
      "    h = 1  # i\n";
  const SourceLines lines(text);
  const auto is_code = code_lines(lines, *lsp::Symbols::of("a.py", text));
  std::string found;
  for (std::size_t i = 0; i < lines.count(); ++i) found += is_code[i] ? '1' : '0';
  EXPECT_EQ(found, "0001010010");
}

TEST(SourceLines, WorthAwaitingSaySomething) {
  for (const auto* const line :
       {"x1 = 1", "    self.run()", "for a in rows:", "} else if (ready) {", "return size * 2;",
        "    name='a' + \"b\","}) {
    EXPECT_TRUE(is_worth_awaiting(line)) << line;
  }
  for (const auto* const line : {"", "    ", ")", "});", "else:", "return x", "@Override",
                                 "@a.b(c)", "'one', 'two', 'three'", "1, 2, 3", "run();"}) {
    EXPECT_FALSE(is_worth_awaiting(line)) << line;
  }
  EXPECT_FALSE(is_worth_awaiting("name = '" + std::string(300, 'a') + "'"));
}

}  // namespace
}  // namespace nextline::replay
