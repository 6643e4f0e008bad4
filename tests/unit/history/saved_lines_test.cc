#include "lsp/history/saved_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nextline::lsp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string_view> lines(std::string_view earlier, std::string_view text) {
  return saved_lines("a.py", earlier, text, 1000);
}

TEST(SavedLines, AreThoseThatTheEarlierTextHasNot) {
  EXPECT_THAT(lines("1\n2\n3\n", "1\nb\nc\n3\nd"), ElementsAre("b\nc\n", "d"));
  EXPECT_THAT(lines("", "1\n2\n"), ElementsAre("1\n2\n"));
  EXPECT_THAT(lines("1\n2\n", "1\n2\n"), IsEmpty());
  EXPECT_THAT(lines("1\n2\n", "2\n"), IsEmpty());
  EXPECT_THAT(lines("1\n", "1\n \n\t\n"), IsEmpty()) << "They are blank.";
}

TEST(SavedLines, AreNotTakenOfWhatHasNoHistory) {
  EXPECT_THAT(lines("", std::string(1001, 'a')), IsEmpty());
  EXPECT_THAT(lines("", "\xff\n"), IsEmpty());
  EXPECT_THAT(lines("", std::string(500, 'a') + "\n"), IsEmpty());
  EXPECT_THAT(saved_lines("package-lock.json", "", "1\n", 1000), IsEmpty());
}

}  // namespace
}  // namespace nextline::lsp
