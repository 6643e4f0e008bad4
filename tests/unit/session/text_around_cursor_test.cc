#include "engine/session/text_around_cursor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/unit/session/edited_text.h"

namespace nextline {
namespace {

using Side = TextAroundCursor::Side;

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + " has some words\n";
  return text;
}

class TextAroundCursorTest : public ::testing::Test {
 protected:
  /// Follows, and does to copies of the sides' tokens what was told of.
  void update(TextAroundCursor& held, std::string_view text,
              std::span<const Replacement> replacements, Gap gap) {
    held.update(text, replacements, gap, [&](Side side, const TokenChange& change) {
      std::vector<TokenId>& told = side == Side::kBefore ? before_ : behind_;
      const TokenizedText& now = side == Side::kBefore ? held.before() : held.behind();
      const auto first = told.begin() + static_cast<std::ptrdiff_t>(change.first);
      const auto place = told.erase(first, first + static_cast<std::ptrdiff_t>(change.removed));
      const auto inserted = now.tokens().subspan(change.first, change.inserted);
      told.insert(place, inserted.begin(), inserted.end());
      ++changes_;
      encoded_ += change.inserted;
    });
  }
  void open(TextAroundCursor& held, std::string_view text, std::size_t cursor) {
    const Replacement opened{0, held.document_size(), 0, text.size()};
    update(held, text, std::span(&opened, 1), {cursor, cursor});
  }
  void move(TextAroundCursor& held, std::string_view text, std::size_t cursor) {
    update(held, text, {}, {cursor, cursor});
  }

  void expect_follows(const TextAroundCursor& held, std::string_view text, Gap gap,
                      std::size_t room) {
    const auto elided = held.elided();
    ASSERT_LE(elided.first, elided.last);
    std::string before(text.substr(0, elided.first));
    before += text.substr(elided.last, gap.before - elided.last);
    ASSERT_EQ(held.before().text() + held.healed(), before);
    ASSERT_EQ(held.behind().text(), text.substr(gap.behind, held.behind().text().size()));
    ASSERT_EQ(before_, tokenizer().encode(held.before().text()));
    ASSERT_EQ(behind_, tokenizer().encode(held.behind().text()));
    ASSERT_TRUE(std::equal(before_.begin(), before_.end(), held.before().tokens().begin(),
                           held.before().tokens().end()));
    ASSERT_TRUE(std::equal(behind_.begin(), behind_.end(), held.behind().tokens().begin(),
                           held.behind().tokens().end()));
    ASSERT_LE(before_.size() + behind_.size(), room);
    // What is left out leaves enough, but for what an end gives up to begin at a line.
    constexpr std::size_t kTokensOfALine = 4;
    const std::size_t head = held.before().token_at(elided.first);
    const bool leaves_out_behind = gap.behind + held.behind().text().size() < text.size();
    if (elided.size() > 0) {
      ASSERT_GE(16 * (head + kTokensOfALine), room);
      ASSERT_LE(4 * head, room + 4 * kTokensOfALine);
    }
    if (leaves_out_behind) {
      ASSERT_GE(8 * (behind_.size() + kTokensOfALine), room);
    }
    if (elided.size() > 0 || leaves_out_behind) {
      ASSERT_GE(2 * (before_.size() + behind_.size() + kTokensOfALine), room);
    }
  }

  const Tokenizer& tokenizer() const { return model_->tokenizer(); }

  test::TestModel model_{test::every_type("qwen2")};
  std::vector<TokenId> before_;
  std::vector<TokenId> behind_;
  std::size_t changes_ = 0;
  std::size_t encoded_ = 0;
};

TEST_F(TextAroundCursorTest, ALetterWithinAWordChangesNoToken) {
  TextAroundCursor held(tokenizer(), {});
  std::string text = "def area(self):\n    ret\n";
  open(held, text, 23);
  EXPECT_EQ(held.healed(), " ret");
  changes_ = 0;
  text = "def area(self):\n    retu\n";
  const Replacement typed{23, 23, 23, 24};
  update(held, text, std::span(&typed, 1), {24, 24});
  EXPECT_EQ(held.healed(), " retu");
  EXPECT_EQ(changes_, 0U);
  expect_follows(held, text, {24, 24}, 100);
}

TEST_F(TextAroundCursorTest, WithoutHealingTheTextBeforeEndsAtTheGap) {
  TextAroundCursor held(tokenizer(), {.heals_tokens = false});
  const std::string text = "return";
  open(held, text, 3);
  EXPECT_EQ(held.before().text(), "ret");
  EXPECT_EQ(held.behind().text(), "urn");
}

TEST_F(TextAroundCursorTest, ALongDocumentKeepsItsHeadAndWhatSurroundsTheGap) {
  const std::string text = lines(5000);
  const std::size_t cursor = text.find("line 2500");
  TextAroundCursor held(tokenizer(), {.room = 800});
  open(held, text, cursor);
  expect_follows(held, text, {cursor, cursor}, 800);
  const auto elided = held.elided();
  EXPECT_EQ(text[elided.first - 1], '\n');
  EXPECT_EQ(text[elided.last - 1], '\n');
  EXPECT_EQ(held.behind().text().back(), '\n');
  const std::size_t head = held.before().token_at(elided.first);
  EXPECT_GE(head, 50U);
  EXPECT_LE(head, 200U);
  EXPECT_GT(held.before().size(), 2 * held.behind().size());
  EXPECT_GT(held.behind().size(), 120U);
}

TEST_F(TextAroundCursorTest, WhatOneSideDoesNotNeedTheOtherMayHave) {
  const std::string text = lines(5000);
  TextAroundCursor held(tokenizer(), {.room = 800});
  open(held, text, 0);
  EXPECT_GE(held.behind().size(), 600U);
  move(held, text, text.size());
  EXPECT_GE(held.before().size(), 600U);
}

TEST_F(TextAroundCursorTest, WhereThereIsNoTextBehindTheTextBeforeHasAllTheRoom) {
  const std::string text = lines(5000);
  TextAroundCursor held(tokenizer(), {.holds_behind = false, .room = 800});
  open(held, text, text.size() / 2);
  EXPECT_EQ(held.behind().size(), 0U);
  EXPECT_GE(held.before().size(), 600U);
}

TEST_F(TextAroundCursorTest, NothingIsElidedBeforeAGapInTheHead) {
  const std::string text = lines(5000);
  TextAroundCursor held(tokenizer(), {.room = 800});
  open(held, text, text.size() / 2);
  const std::size_t cursor = held.elided().first / 2;
  move(held, text, cursor);
  EXPECT_EQ(held.elided().size(), 0U);
  EXPECT_EQ(held.before().text() + held.healed(), text.substr(0, cursor));
}

TEST_F(TextAroundCursorTest, AJumpKeepsTheHead) {
  const std::string text = lines(5000);
  TextAroundCursor held(tokenizer(), {.room = 800});
  open(held, text, text.size() / 2);
  const std::size_t head = held.elided().first;
  for (const std::size_t cursor : {text.size(), text.size() / 3, text.size() - 9000}) {
    move(held, text, cursor);
    EXPECT_EQ(held.elided().first, head);
    expect_follows(held, text, {cursor, cursor}, 800);
  }
}

TEST_F(TextAroundCursorTest, KeysMoveTheEndsSeldom) {
  std::string text = lines(5000);
  std::size_t cursor = text.find("line 2500");
  TextAroundCursor held(tokenizer(), {.room = 800});
  open(held, text, cursor);
  int moves = 0;
  for (int key = 0; key < 400; ++key) {
    const std::size_t before = held.elided().last;
    text.insert(cursor, 1, key % 8 == 7 ? '\n' : 'x');
    const Replacement typed{cursor, cursor, cursor, cursor + 1};
    ++cursor;
    update(held, text, std::span(&typed, 1), {cursor, cursor});
    moves += held.elided().last == before ? 0 : 1;
    expect_follows(held, text, {cursor, cursor}, 800);
  }
  EXPECT_GE(moves, 1);
  EXPECT_LE(moves, 5);
}

TEST_F(TextAroundCursorTest, ALineLongerThanTheRoomIsCutBetweenCharacters) {
  std::string text;
  while (text.size() < 1'000'000) text += "f(\xC3\xA9,\xE6\xBC\xA2);";
  TextAroundCursor held(tokenizer(), {.room = 800});
  for (const std::size_t cursor : {text.size(), std::size_t{0}, std::size_t{500'000}}) {
    open(held, text, cursor);
    expect_follows(held, text, {cursor, cursor}, 800);
    for (const std::size_t cut : {held.elided().first, held.elided().last}) {
      EXPECT_TRUE(cut == text.size() || (static_cast<unsigned char>(text[cut]) & 0xC0U) != 0x80U);
    }
  }
}

TEST_F(TextAroundCursorTest, ADocumentThatGrowsAndShrinksIsWholeAgain) {
  const std::string small = lines(10);
  const std::string large = lines(1000);
  TextAroundCursor held(tokenizer(), {.room = 800});
  for (int turn = 0; turn < 3; ++turn) {
    open(held, small, small.size());
    EXPECT_EQ(held.before().text() + held.healed(), small);
    const Replacement grown{small.size(), small.size(), small.size(), large.size()};
    update(held, large, std::span(&grown, 1), {large.size(), large.size()});
    expect_follows(held, large, {large.size(), large.size()}, 800);
    EXPECT_GT(held.elided().size(), 0U);
    const Replacement shrunk{small.size(), large.size(), small.size(), small.size()};
    update(held, small, std::span(&shrunk, 1), {small.size(), small.size()});
    expect_follows(held, small, {small.size(), small.size()}, 800);
    EXPECT_EQ(held.elided().size(), 0U);
  }
}

TEST_F(TextAroundCursorTest, TextAtTheEndOfADocumentHeldToItsEndIsHeld) {
  std::string text = lines(10);
  TextAroundCursor held(tokenizer(), {.room = 8000});
  open(held, text, 5);
  const Replacement appended{text.size(), text.size(), text.size(), text.size() + 6};
  text += "return";
  update(held, text, std::span(&appended, 1), {5, 5});
  EXPECT_EQ(held.behind().text(), text.substr(5));
}

TEST_F(TextAroundCursorTest, OfADocumentOfMegabytesNoMoreIsTokenisedThanTheRoomNeeds) {
  const std::string text = lines(400'000);
  TextAroundCursor held(tokenizer(), {.room = 800});
  open(held, text, 0);
  EXPECT_LE(encoded_, 16U * 800U);
  for (const std::size_t cursor : {text.size() / 2, text.size(), text.size() / 4, std::size_t{0}}) {
    encoded_ = 0;
    move(held, text, cursor);
    expect_follows(held, text, {cursor, cursor}, 800);
    EXPECT_LE(encoded_, 16U * 800U);
  }
}

TEST_F(TextAroundCursorTest, WhatIsElidedHasNoTokens) {
  const std::string text = lines(5000);
  TextAroundCursor held(tokenizer(), {.room = 800});
  open(held, text, text.size() / 2);
  const auto elided = held.elided();
  const auto none = held.tokens_of(Side::kBefore, elided.first, elided.last);
  EXPECT_EQ(none.first, none.last);
  const auto around = held.tokens_of(Side::kBefore, elided.first - 1, elided.last + 1);
  EXPECT_EQ(around.first, held.before().token_at(elided.first - 1));
  EXPECT_EQ(around.last, held.before().token_at(elided.first) + 1);
  const auto whole = held.tokens_of(Side::kBefore, 0, text.size());
  EXPECT_EQ(whole.first, 0U);
  EXPECT_EQ(whole.last, held.before().size());
}

TEST_F(TextAroundCursorTest, RandomEditsAndMovesAreFollowed) {
  for (const std::size_t room : {0U, 5U, 40U, 200U, 1000U, 100'000U}) {
    TextAroundCursor held(tokenizer(), {.heals_tokens = room != 200U, .room = room});
    before_.clear();
    behind_.clear();
    for (std::uint64_t document = 0; document < 60; ++document) {
      test::EditedText edited(document, 12'000, lines(300));
      open(held, edited.text(), document * 100);
      for (int step = 0; step < 60; ++step) {
        const test::EditedText::Step next = edited.random_step();
        update(held, edited.text(), next.replacements.list(), next.gap);
        expect_follows(held, edited.text(), next.gap, room);
        if (HasFatalFailure()) FAIL() << "step " << step << " of " << document << ", room " << room;
      }
    }
  }
}

}  // namespace
}  // namespace nextline
