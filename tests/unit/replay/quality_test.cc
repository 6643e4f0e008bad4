#include "server/replay/quality.h"

#include <gtest/gtest.h>

#include <string>

namespace nextline::replay {
namespace {

TEST(FirstCodeLine, IsTheFirstThatIsNeitherBlankNorAComment) {
  EXPECT_EQ(first_code_line("\n\n  \n  # why\n    x = 1  # what\ny\n", Language::kPython),
            "    x = 1  # what");
  EXPECT_EQ(first_code_line("\u3000\n\t// why\n  x = 1;\r\ny", Language::kJava), "  x = 1;\r");
  EXPECT_EQ(first_code_line("# x\n", Language::kJava), "# x");
}

TEST(FirstCodeLine, LiesBehindCommentsOfSeveralLines) {
  EXPECT_EQ(first_code_line("'''Says\n# why.\n  it is'''\nx", Language::kPython), "x");
  EXPECT_EQ(first_code_line("/* Says\n * why.\n */\nx", Language::kJava), "x");
  EXPECT_EQ(first_code_line("/* Says\n * why. */ x\n*/\ny", Language::kJava), "y");
}

TEST(FirstCodeLine, TakesACommentThatEndsOnItsOwnLineToGoOnAsRepoBenchDoes) {
  EXPECT_EQ(first_code_line("\"\"\"Says why.\"\"\"\nx\n\"\"\"\ny", Language::kPython), "y");
}

TEST(FirstCodeLine, IsTheFirstOfAllWhereThereIsOnlyComment) {
  EXPECT_EQ(first_code_line("\n# why\n# what\n", Language::kPython), "# why");
  EXPECT_EQ(first_code_line("\n \n", Language::kPython), " ");
  EXPECT_EQ(first_code_line("", Language::kPython), "");
}

TEST(ExactMatch, IsThatOfWords) {
  EXPECT_TRUE(exact_match("  return  a +\tb\r", "return a + b"));
  EXPECT_TRUE(exact_match("", " \n"));
  EXPECT_FALSE(exact_match("return a+b", "return a + b"));
  EXPECT_FALSE(exact_match("ab", "a b"));
}

TEST(ExactMatch, KnowsTheBlanksThatPythonKnows) {
  for (const char* const blank :
       {"\t",     "\n",     "\v",     "\f",     "\r",     "\x1C",   "\x1D",
        "\x1E",   "\x1F",   " ",      "\u0085", "\u00A0", "\u1680", "\u2000",
        "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"}) {
    EXPECT_TRUE(exact_match(std::string("a") + blank + "b", "a b"));
  }
  for (const char* const other : {"\x1B", "\x7F", "\u180E", "\u200B", "\u2060", "\uFEFF", "\x85"}) {
    EXPECT_FALSE(exact_match(std::string("a") + other + "b", "a b"));
  }
}

// The expected values are those of thefuzz 0.22.1.
TEST(EditSimilarity, IsThatOfFuzzRatio) {
  EXPECT_EQ(edit_similarity("return self.size", "return self.size"), 100);
  EXPECT_EQ(edit_similarity("return self.size", "    return self.size()"), 84);
  EXPECT_EQ(edit_similarity("self.assertEqual(a, b)", "self.assertTrue(a == b)"), 76);
  EXPECT_EQ(edit_similarity("for i in range(10):", "while True:"), 33);
  EXPECT_EQ(edit_similarity("abc", "xyz"), 0);
}

TEST(EditSimilarity, OfEmptyTexts) {
  EXPECT_EQ(edit_similarity("", ""), 100);
  EXPECT_EQ(edit_similarity("", "a"), 0);
  EXPECT_EQ(edit_similarity("a", ""), 0);
}

TEST(EditSimilarity, RoundsHalvesToEven) {
  const auto similarity = [](std::size_t common, std::size_t further) {
    const std::string both(common, 'a');
    return edit_similarity(both, both + std::string(further, 'b'));
  };
  EXPECT_EQ(similarity(1, 14), 12);  // 12.5
  EXPECT_EQ(similarity(3, 10), 38);  // 37.5
  EXPECT_EQ(similarity(1, 78), 3);   // 2.5, of which the division makes a little more.
}

TEST(EditSimilarity, CountsCodePoints) {
  EXPECT_EQ(edit_similarity("é", "è"), 0);  // They have their first byte in common.
  EXPECT_EQ(edit_similarity("naïve", "naive"), 80);
  EXPECT_EQ(edit_similarity("a\xFFz", "a\uFFFDz"), 100);
}

}  // namespace
}  // namespace nextline::replay
