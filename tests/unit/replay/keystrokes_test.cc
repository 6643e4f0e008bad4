#include "server/replay/keystrokes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/replay/sample_code.h"

namespace nextline::replay {
namespace {

using ::testing::ElementsAre;

constexpr auto kPython = Language::kPython;

std::vector<std::string> keys(const EditCase& made) {
  std::vector<std::string> found;
  for (const EditStep& step : made.steps) found.push_back(step.edits.at(0).inserted);
  return found;
}

TEST(Keystrokes, TypeTheLineAboveCharacterByCharacter) {
  const Document document = document_at(kPython, "if a:\n  b='\xC3\xA9'\n  line = b\n", 2);
  const auto made = type_line_above(DocumentCode(document));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->old_text, "if a:\n\n");
  EXPECT_EQ(made->old_cursor, 6u);
  EXPECT_THAT(keys(*made), ElementsAre("  ", "b", "=", "'", "\xC3\xA9", "'", "\n"));
  EXPECT_EQ(made->variant, "6 keys");
  EXPECT_EQ(new_text(*made), document.text);
}

TEST(Keystrokes, TheCursorFollows) {
  const Document document = document_at(kPython, "if a:\n  b = 1\n  line = b\n", 2);
  const auto made = type_line_above(DocumentCode(document));
  ASSERT_TRUE(made);
  for (const EditStep& step : made->steps) {
    EXPECT_EQ(step.cursor, step.edits[0].offset + step.edits[0].inserted.size());
  }
  EXPECT_EQ(made->steps.back().cursor, document.cursor);
}

TEST(Keystrokes, ALineEndIsOneKeyAndBlankLinesAreTypedToo) {
  const Document document = document_at(kPython, "a = 1\r\nb = 2\r\n\r\nline = b\r\n", 3);
  const auto made = type_line_above(DocumentCode(document));
  ASSERT_TRUE(made);
  EXPECT_THAT(keys(*made), ElementsAre("b", " ", "=", " ", "2", "\r\n", "\r\n"));
}

TEST(Keystrokes, TypeNeitherCommentsNorImports) {
  for (const auto* const above : {"# why", "import b", "\"\"\"b\"\"\"", ""}) {
    const std::string text = std::string(above) + "\nline = b + 1\n";
    EXPECT_FALSE(type_line_above(DocumentCode(document_at(kPython, text, 1)))) << above;
  }
  const Document first = document_at(kPython, "line = b + 1\n", 0);
  EXPECT_FALSE(type_line_above(DocumentCode(first)));
}

}  // namespace
}  // namespace nextline::replay
