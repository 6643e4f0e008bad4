#include "server/replay/line_hunks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nextline::replay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LineHunks, TellsWhichLinesGaveWayToWhich) {
  EXPECT_THAT(line_hunks("a\nb\nc\nd\n", "a\nB\nc\nD\nE\n"),
              ElementsAre(LineHunk{1, 2, 1, 2}, LineHunk{3, 4, 3, 5}));
}

TEST(LineHunks, AnInsertionAndADeletionAreEmptyOnOneSide) {
  EXPECT_THAT(line_hunks("a\nb\n", "new\na\nb\n"), ElementsAre(LineHunk{0, 0, 0, 1}));
  EXPECT_THAT(line_hunks("a\nb\n", "a\nnew\nb\n"), ElementsAre(LineHunk{1, 1, 1, 2}));
  EXPECT_THAT(line_hunks("a\nb\n", "a\nb\nnew\n"), ElementsAre(LineHunk{2, 2, 2, 3}));
  EXPECT_THAT(line_hunks("a\nb\nc\n", "a\nc\n"), ElementsAre(LineHunk{1, 2, 1, 1}));
  EXPECT_THAT(line_hunks("a\nb\n", ""), ElementsAre(LineHunk{0, 2, 0, 0}));
}

TEST(LineHunks, EqualTextsHaveNone) {
  EXPECT_THAT(line_hunks("a\nb", "a\nb"), IsEmpty());
  EXPECT_THAT(line_hunks("", ""), IsEmpty());
}

TEST(LineHunks, ALineWithoutItsEndIsAnother) {
  EXPECT_THAT(line_hunks("a\nb\n", "a\nb"), ElementsAre(LineHunk{1, 2, 1, 2}));
}

TEST(LineHunks, WhatWasTypedIsAWholeBlock) {
  // As well it could be all from "b()" to the second "for {".
  EXPECT_THAT(line_hunks("for {\n  a()\n}\n", "for {\n  b()\n}\nfor {\n  a()\n}\n"),
              ElementsAre(LineHunk{0, 0, 0, 3}));
}

}  // namespace
}  // namespace nextline::replay
