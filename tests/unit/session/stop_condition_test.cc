#include "engine/session/stop_condition.h"

#include <gtest/gtest.h>

#include <string>

namespace nextline {
namespace {

/// What the first line leaves of a text that comes byte by byte.
std::string left_of(std::string_view text) {
  EndOfFirstLine condition;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    if (const auto end = condition.end_of(text.substr(0, size))) {
      return std::string(text.substr(0, *end));
    }
  }
  return std::string(text) + " and on";
}

TEST(EndOfFirstLine, ALineEndsAtItsBreak) {
  EXPECT_EQ(left_of("a + b\nc"), "a + b");
  EXPECT_EQ(left_of("a + b\r\nc"), "a + b");
  EXPECT_EQ(left_of("a + b"), "a + b and on");
}

TEST(EndOfFirstLine, BlankLinesBeforeItBelongToIt) {
  EXPECT_EQ(left_of("\n  \r\n  a\nb"), "\n  \r\n  a");
  EXPECT_EQ(left_of("\n\n"), "\n\n and on");
}

TEST(EndOfFirstLine, APieceWithSeveralLinesEndsWithTheFirst) {
  EXPECT_EQ(EndOfFirstLine().end_of("\na\r\nb\nc"), 2U);
}

}  // namespace
}  // namespace nextline
