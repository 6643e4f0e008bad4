#include "server/replay/undone_edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/replay/sample_code.h"

namespace nextline::replay {
namespace {

using ::testing::ElementsAre;

const Document& document() {
  static const Document document =
      document_at(Language::kPython, "a = 1\nb = 2\nc = 3\nline = c\nd = 4\n", 3);
  return document;
}

TEST(UndoneEdit, EachEditAppliesToTheTextThatTheOneBeforeLeft) {
  const EditCase made = case_of(document(), EditKind::kMulti, "3 places",
                                {{{0, 1}, "first"}, {{6, 12}, ""}, {{18, 18}, "x\n"}});
  EXPECT_EQ(made.old_text, "first = 1\nc = 3\nx\n\nd = 4\n");
  EXPECT_THAT(made.steps.at(0).edits,
              ElementsAre(TextEdit{0, 5, "a"}, TextEdit{6, 0, "b = 2\n"}, TextEdit{18, 2, ""}));
  EXPECT_EQ(new_text(made), document().text);
}

TEST(UndoneEdit, TheCursorStandsOnTheAwaitedLineBeforeAndAfter) {
  const EditCase made = case_of(document(), EditKind::kInsert, "1 line", {{{0, 6}, ""}});
  EXPECT_EQ(made.old_cursor, document().cursor - 6);
  EXPECT_EQ(made.old_text.substr(made.old_cursor), "\nd = 4\n");
  EXPECT_EQ(made.steps.at(0).cursor, document().cursor);
}

TEST(UndoneEdit, CountsInWords) {
  EXPECT_EQ(counted(1, "line"), "1 line");
  EXPECT_EQ(counted(8, "line"), "8 lines");
}

}  // namespace
}  // namespace nextline::replay
