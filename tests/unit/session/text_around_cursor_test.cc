#include "engine/session/text_around_cursor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/unit/session/edited_text.h"

namespace nextline {
namespace {

using Side = TextAroundCursor::Side;

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
    });
  }

  void expect_follows(const TextAroundCursor& held, std::string_view text, Gap gap) {
    const std::string before = held.before().text() + held.healed();
    ASSERT_LE(before.size(), gap.before);
    ASSERT_EQ(before, text.substr(gap.before - before.size(), before.size()));
    ASSERT_EQ(held.behind().text(), text.substr(gap.behind, held.behind().text().size()));
    ASSERT_EQ(before_, tokenizer().encode(held.before().text()));
    ASSERT_EQ(behind_, tokenizer().encode(held.behind().text()));
    ASSERT_TRUE(std::equal(before_.begin(), before_.end(), held.before().tokens().begin(),
                           held.before().tokens().end()));
  }

  const Tokenizer& tokenizer() const { return model_->tokenizer(); }

  test::TestModel model_{test::every_type("qwen2")};
  std::vector<TokenId> before_;
  std::vector<TokenId> behind_;
  std::size_t changes_ = 0;
};

TEST_F(TextAroundCursorTest, ALetterWithinAWordChangesNoToken) {
  TextAroundCursor held(tokenizer(), {});
  std::string text = "def area(self):\n    ret\n";
  const Replacement opened{0, 0, 0, text.size()};
  update(held, text, std::span(&opened, 1), {23, 23});
  EXPECT_EQ(held.healed(), " ret");
  changes_ = 0;
  text = "def area(self):\n    retu\n";
  const Replacement typed{23, 23, 23, 24};
  update(held, text, std::span(&typed, 1), {24, 24});
  EXPECT_EQ(held.healed(), " retu");
  EXPECT_EQ(changes_, 0U);
  expect_follows(held, text, {24, 24});
}

TEST_F(TextAroundCursorTest, WithoutHealingTheTextBeforeEndsAtTheGap) {
  TextAroundCursor held(tokenizer(), {.heals_tokens = false});
  const std::string text = "return";
  const Replacement opened{0, 0, 0, 6};
  update(held, text, std::span(&opened, 1), {3, 3});
  EXPECT_EQ(held.before().text(), "ret");
  EXPECT_EQ(held.behind().text(), "urn");
}

TEST_F(TextAroundCursorTest, RandomEditsAndMovesAreFollowed) {
  for (const std::size_t window : {64U, 300U, 100'000U}) {
    for (const bool heals : {true, false}) {
      test::EditedText edited(window + (heals ? 1 : 0), 3000);
      TextAroundCursor held(tokenizer(), {.heals_tokens = heals, .window = window});
      before_.clear();
      behind_.clear();
      for (int step = 0; step < 1500; ++step) {
        const test::EditedText::Step next = edited.random_step();
        update(held, edited.text(), next.replacements.list(), next.gap);
        expect_follows(held, edited.text(), next.gap);
        if (HasFatalFailure()) FAIL() << "after step " << step << ", window " << window;
        ASSERT_LE(held.behind().text().size(), 2 * window + 5000);
      }
    }
  }
}

}  // namespace
}  // namespace nextline
