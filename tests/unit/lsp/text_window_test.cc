#include "lsp/completion/text_window.h"

#include <gtest/gtest.h>

#include <string>

namespace nextline::lsp {
namespace {

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line " + std::to_string(100 + i) + "\n";
  return text;  // Nine bytes each.
}

TEST(TextWindow, ShowsAllThatThereIsRoomFor) {
  EXPECT_EQ(window_around("ab", "cd", 4), (TextWindow{"ab", "cd"}));
  EXPECT_EQ(window_around("", "", 0), (TextWindow{"", ""}));
}

TEST(TextWindow, IsWithinTheRoomAndEndsWhereLinesDo) {
  const std::string before = lines(100);
  const std::string behind = lines(100);
  for (std::size_t room = 80; room < 2000; room += 7) {
    const TextWindow window = window_around(before, behind, room);
    EXPECT_LE(window.before.size() + window.behind.size(), room);
    EXPECT_GE(window.before.size() + window.behind.size(), room / 2);
    EXPECT_TRUE(before.ends_with(window.before) && window.before.starts_with("line"));
    EXPECT_TRUE(behind.starts_with(window.behind) && window.behind.ends_with("\n"));
  }
}

TEST(TextWindow, GivesTheTextBehindWhatTheTextBeforeLeaves) {
  const std::string behind = lines(100);
  EXPECT_EQ(window_around("a", behind, 400).behind.size(), 396U);
  EXPECT_LE(window_around(lines(100), behind, 400).behind.size(), 100U);
}

TEST(TextWindow, BeginsAtTheSamePlaceFromKeyToKey) {
  std::string text = lines(100);
  const auto begin = [&] { return text.size() - window_around(text, "", 400).before.size(); };
  int moves = 0;
  for (int key = 0; key < 200; ++key) {
    const std::size_t earlier = begin();
    text += 'x';
    moves += begin() != earlier ? 1 : 0;
  }
  EXPECT_LE(moves, 5);
}

TEST(TextWindow, CutsLinesThatAreTooLongBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\u00e9";
  for (const std::size_t room : {21, 22, 23}) {
    const TextWindow window = window_around(text, text, room);
    EXPECT_EQ(window.before.size() % 2, 0U);
    EXPECT_EQ(window.behind.size() % 2, 0U);
    EXPECT_FALSE(window.before.empty());
  }
}

TEST(TextWindow, AtTheBeginningOfALineTheLinesBeforeAreShown) {
  const std::string text = std::string(1000, 'x') + "\n";
  EXPECT_FALSE(window_around(text, "", 100).before.empty());
}

}  // namespace
}  // namespace nextline::lsp
