#include "lsp/completion/repetition.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nextline::lsp {
namespace {

/// How many of the lines are taken before one repeats; all, if none does.
std::size_t taken(const std::vector<std::string>& lines) {
  LineRepetition repetition;
  std::size_t count = 0;
  while (count < lines.size() && !repetition.take(lines[count])) ++count;
  return count;
}

/// What a line that is generated without end is left with; empty if it goes on.
std::string left_of(const std::string& line) {
  PieceRepetition repetition;
  for (std::size_t size = 1; size <= line.size(); ++size) {
    if (const auto end = repetition.take(std::string_view(line).substr(0, size))) {
      return line.substr(0, *end);
    }
  }
  return "";
}

std::string times(int count, const std::string& piece) {
  std::string text;
  for (int i = 0; i < count; ++i) text += piece;
  return text;
}

TEST(LineRepetition, ALineForTheThirdTimeInARowRepeats) {
  EXPECT_EQ(taken({"a = 1", "  b()", "b()\r", "b()", "c"}), 3U);
}

TEST(LineRepetition, LinesThatTakeTurnsRepeat) {
  EXPECT_EQ(taken({"x", "a()", "b()", "a()", "b()", "a()"}), 5U);
  EXPECT_EQ(taken({"if a:", "b()", "}", "if a:", "b()", "}", "if a:"}), 6U);
}

TEST(LineRepetition, WhatOccursOftenInGoodCodeDoesNot) {
  const std::vector<std::string> cases = {"case 1:", "f();",    "break;", "case 2:", "g();",
                                          "break;",  "case 3:", "h();",   "break;"};
  EXPECT_EQ(taken(cases), cases.size());
  const std::vector<std::string> closers = {"a", "}", "}", "}", "});", "});", "});"};
  EXPECT_EQ(taken(closers), closers.size());
}

TEST(PieceRepetition, APieceWithoutEndIsLeftOnce) {
  EXPECT_EQ(left_of(std::string("x = ") + times(60, "ab, ")), "x = ab,");
  EXPECT_EQ(left_of(times(200, "-")), "-");
  EXPECT_EQ(left_of(std::string("a") + times(30, " a very long piece here")),
            "a a very long piece here");
}

TEST(PieceRepetition, DataAndOrnamentsAreNoLoops) {
  EXPECT_EQ(left_of(std::string("[") + times(32, "0, ")), "");
  EXPECT_EQ(left_of(std::string("//") + times(78, "=")), "");
  EXPECT_EQ(left_of(std::string("[") + times(5, "None, ")), "");
  EXPECT_EQ(left_of("f(a, a, a, a, a, a, a, a, a)"), "");
}

TEST(PieceRepetition, OfWordsFewAreEnough) {
  EXPECT_EQ(left_of("call(" + times(8, "\"call\", ")), "call(\"call\", ");
  EXPECT_EQ(left_of(times(6, "The cat is on the mat. ")), "The cat is on the mat. ");
  EXPECT_EQ(left_of(times(6, "another piece that takes its time ")),
            "another piece that takes its time ");
}

TEST(PieceRepetition, TheNextLineBeginsAnew) {
  PieceRepetition repetition;
  const std::string line = times(60, "-");
  for (int lines = 0; lines < 3; ++lines) {
    for (std::size_t size = 1; size <= line.size(); ++size) {
      EXPECT_FALSE(repetition.take(std::string_view(line).substr(0, size)));
    }
    repetition.clear();
  }
}

}  // namespace
}  // namespace nextline::lsp
