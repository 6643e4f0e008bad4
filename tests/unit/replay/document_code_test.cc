#include "server/replay/document_code.h"

#include <gtest/gtest.h>

#include "tests/unit/replay/sample_code.h"

namespace nextline::replay {
namespace {

TEST(DocumentCode, HasTheAwaitedLineInItsPlace) {
  const Document document = document_awaiting(Language::kPython, "total = sum(lengths)");
  const DocumentCode code(document);
  EXPECT_EQ(code.text(), kPythonSample);
  EXPECT_EQ(code.lines()[code.awaited_line()], document.awaited);
  EXPECT_EQ(code.lines().begin(code.awaited_line()), document.cursor);
  ASSERT_TRUE(code.symbols());
  EXPECT_FALSE(code.symbols()->has_errors());
}

TEST(DocumentCode, ReadsTheLanguageWhateverTheFileIsCalled) {
  Document document = document_awaiting(Language::kJava, "double sum = 0;");
  document.path = "README";
  EXPECT_TRUE(DocumentCode(document).symbols());
}

TEST(DocumentCode, KnowsWhereACutWouldChangeTheRest) {
  const Document document =
      document_at(Language::kPython, "from a import (b,\n  c)\nd = '''\n'''\nline = b + d\n", 4);
  const DocumentCode code(document);
  std::string within;
  for (std::size_t i = 0; i < code.lines().count(); ++i)
    within += code.is_within_whole(i) ? '1' : '0';
  EXPECT_EQ(within, "010100");
  EXPECT_FALSE(code.is_code(0));
  EXPECT_TRUE(code.is_code(2));
  EXPECT_FALSE(code.is_code(3));
}

TEST(DocumentCode, KnowsTheAwaitedLineHoweverItIsIndented) {
  const Document document = document_awaiting(Language::kPython, "total = sum(lengths)");
  const DocumentCode code(document);
  EXPECT_TRUE(code.gives_away("a = 1\n  total = sum(lengths)\r\n"));
  EXPECT_FALSE(code.gives_away("other_total = sum(lengths)\n"));
  EXPECT_EQ(code.line_end(), "\n");
}

}  // namespace
}  // namespace nextline::replay
