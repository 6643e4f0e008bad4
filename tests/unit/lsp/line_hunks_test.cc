#include "lsp/workspace/line_hunks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "lsp/workspace/repository.h"
#include "tests/support/sample_repository.h"

namespace nextline::lsp {
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

TEST(LineHunks, OfFilesInARepositoryAreThoseOfTheirTexts) {
  test::SampleRepository sample;
  const Repository repository = Repository::open(sample.path(), Repository::Search::kHere).value();
  const auto file = [&](const std::string& text) {
    sample.commit({{"a", text}});
    return repository.file(git_id(sample.hash_of("a")).value(), 1000).value();
  };
  std::mt19937 random(1);
  std::string old_text = "a\nb\nc\nd\n";
  for (int i = 0; i < 20; ++i) {
    std::string new_text = old_text;
    for (int edits = 0; edits < 3; ++edits) {
      new_text.insert(random() % (new_text.size() + 1), random() % 2 == 0 ? "x\n" : "{\n  y\n}\n");
      new_text.erase(random() % new_text.size(), random() % 4);
    }
    EXPECT_EQ(line_hunks(*file(old_text), *file(new_text)), line_hunks(old_text, new_text))
        << old_text << "and\n"
        << new_text;
    old_text = new_text;
  }
}

}  // namespace
}  // namespace nextline::lsp
