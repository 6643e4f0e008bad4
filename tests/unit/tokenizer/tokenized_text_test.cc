#include "engine/tokenizer/tokenized_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/random.h"
#include "tests/unit/tokenizer/difficult_text.h"
#include "tests/unit/tokenizer/hand_made_vocabulary.h"
#include "tests/unit/tokenizer/token_changes.h"

namespace nextline {
namespace {

using test::HandMadeVocabulary;
using testing::ElementsAre;
using testing::IsEmpty;
using Tokens = std::vector<TokenId>;

Tokenizer tokenizer_with(const std::string& pre_tokenizer) {
  HandMadeVocabulary vocabulary(pre_tokenizer);
  vocabulary.merge("d", "e").merge("de", "f").merge(" ", "f").merge(" ", " ").merge("  ", "  ");
  vocabulary.merge("a", "b").merge(" ", "ab").merge("ab", "ab").merge("'", "s").merge("r", "e");
  vocabulary.merge("\n", "\n").merge("\r", "\n").merge("1", "2").merge("2", "3").merge("=", "=");
  vocabulary.merge("\xC3", "\xA9").merge("\xE3", "\x80").merge("\xE3\x80", "\x80");
  vocabulary.merge("\xF0", "\x9F").merge("\xF0\x9F", "\x99").merge("\xE8", "\xAA");
  return std::move(*Tokenizer::create(vocabulary));
}

Tokens tokens_of(const TokenizedText& text) { return {text.tokens().begin(), text.tokens().end()}; }

std::vector<std::string> spelled(const Tokenizer& tokenizer, const TokenizedText& text) {
  std::vector<std::string> spellings;
  for (const TokenId token : text.tokens()) spellings.emplace_back(tokenizer.bytes_of(token));
  return spellings;
}

TEST(TokenizedText, BeginsWithTheTokensOfItsText) {
  const Tokenizer tokenizer = tokenizer_with("qwen2");
  EXPECT_EQ(TokenizedText(tokenizer).size(), 0U);
  EXPECT_THAT(spelled(tokenizer, TokenizedText(tokenizer, "def f(1)")),
              ElementsAre("def", " f", "(", "1", ")"));
}

TEST(TokenizedText, TellsWhereItsTokensStand) {
  const Tokenizer tokenizer = tokenizer_with("qwen2");
  const TokenizedText text(tokenizer, "def f");
  EXPECT_EQ(text.offset_of(0), 0U);
  EXPECT_EQ(text.offset_of(1), 3U);
  EXPECT_EQ(text.offset_of(2), 5U);
  EXPECT_EQ(text.token_at(2), 0U);
  EXPECT_EQ(text.token_at(3), 1U);
  EXPECT_EQ(text.token_at(5), 2U);
  EXPECT_EQ(TokenizedText(tokenizer).offset_of(0), 0U);
  EXPECT_EQ(TokenizedText(tokenizer).token_at(0), 0U);
}

TEST(TokenizedText, ReportsTheTokensThatChanged) {
  const Tokenizer tokenizer = tokenizer_with("qwen2");
  TokenizedText text(tokenizer, "f(def, 1)");
  EXPECT_THAT(spelled(tokenizer, text), ElementsAre("f", "(", "def", ",", " ", "1", ")"));
  EXPECT_THAT(text.replace(4, 1, "e\n"), ElementsAre(TokenChange{2, 1, 3}));
  EXPECT_THAT(spelled(tokenizer, text), ElementsAre("f", "(", "de", "e", "\n", ",", " ", "1", ")"));
}

TEST(TokenizedText, JoinsTokensOverADeletion) {
  const Tokenizer tokenizer = tokenizer_with("qwen2");
  TokenizedText text(tokenizer, "(de f)");
  EXPECT_THAT(spelled(tokenizer, text), ElementsAre("(", "de", " f", ")"));
  EXPECT_THAT(text.replace(3, 1, ""), ElementsAre(TokenChange{1, 2, 1}));
  EXPECT_THAT(spelled(tokenizer, text), ElementsAre("(", "def", ")"));
}

TEST(TokenizedText, GivesABlankBackToTheWordTypedBehindIt) {
  const Tokenizer tokenizer = tokenizer_with("qwen2");
  TokenizedText text(tokenizer, "def:\n     ");
  EXPECT_THAT(spelled(tokenizer, text), ElementsAre("def", ":", "\n", "    ", " "));
  EXPECT_THAT(text.replace(10, 0, "f"), ElementsAre(TokenChange{4, 1, 1}));
  EXPECT_THAT(spelled(tokenizer, text), ElementsAre("def", ":", "\n", "    ", " f"));
}

TEST(TokenizedText, ReportsNothingWhereNoTokenChanges) {
  const Tokenizer tokenizer = tokenizer_with("qwen2");
  TokenizedText text(tokenizer, "def f(1)");
  EXPECT_THAT(text.replace(0, 8, "def f(1)"), IsEmpty());
  EXPECT_THAT(text.replace(3, 0, ""), IsEmpty());
  // Two bytes that the vocabulary cannot tell apart.
  HandMadeVocabulary vocabulary;
  vocabulary->kinds[0x04] = vocabulary->kinds[0x05] = Vocabulary::Kind::kUnused;
  const auto poor_tokenizer = Tokenizer::create(vocabulary);
  TokenizedText poor_text(*poor_tokenizer, "a\x04z");
  EXPECT_THAT(poor_text.replace(1, 1, "\x05"), IsEmpty());
  EXPECT_EQ(poor_text.text(), "a\x05z");
}

TEST(TokenizedText, TakesItsOwnTextAsInsertion) {
  const Tokenizer tokenizer = tokenizer_with("qwen2");
  TokenizedText text(tokenizer, "def f");
  text.replace(0, 0, std::string_view(text.text()).substr(3));
  EXPECT_EQ(text.text(), " fdef f");
  EXPECT_EQ(tokens_of(text), tokenizer.encode(" fdef f"));
}

TEST(TokenizedText, KeepsMostTokensWhenAFormatterReplacesTheFile) {
  const Tokenizer tokenizer = tokenizer_with("qwen2");
  std::string before;
  std::string after;
  for (int line = 0; line < 300; ++line) {
    const std::string number = std::to_string(line);
    before.append("  f").append(number).append("(ab, def, 1)\n");
    after.append(line % 10 == 0 ? "\tf" : "  f").append(number).append("(ab, def, 1)\n");
  }
  TokenizedText text(tokenizer, before);
  const std::size_t size_before = text.size();
  const auto changes = text.replace(0, before.size(), after);
  EXPECT_EQ(tokens_of(text), tokenizer.encode(after));
  std::size_t removed = 0;
  for (const TokenChange& change : changes) removed += change.removed;
  EXPECT_GE(changes.size(), 30U);
  EXPECT_LT(removed, size_before / 20);
}

class RandomEdits : public testing::TestWithParam<const char*> {
 protected:
  void edit(TokenizedText& text, std::size_t offset, std::size_t removed,
            const std::string& inserted) const {
    const TokenizedText before = text;
    const auto changes = text.replace(offset, removed, inserted);

    std::string expected = before.text();
    expected.replace(offset, removed, inserted);
    ASSERT_EQ(text.text(), expected);
    ASSERT_EQ(tokens_of(text), tokenizer_.encode(expected));
    ASSERT_EQ(test::replayed(tokens_of(before), changes, text.tokens()), tokens_of(text));
    ASSERT_TRUE(test::is_minimal(changes, before.tokens(), text.tokens(), 4));
    expect_offsets(text);

    TokenizedText undone = text;
    const auto back =
        undone.replace(offset, inserted.size(), before.text().substr(offset, removed));
    ASSERT_EQ(tokens_of(undone), tokens_of(before));
    ASSERT_EQ(back, test::mirrored(changes));
  }

  void expect_offsets(const TokenizedText& text) const {
    std::size_t offset = 0;
    for (std::size_t token = 0; token < text.size(); ++token) {
      ASSERT_EQ(text.offset_of(token), offset);
      ASSERT_EQ(text.token_at(offset), token);
      offset += tokenizer_.bytes_of(text.tokens()[token]).size();
      ASSERT_EQ(text.token_at(offset - 1), token);
    }
    ASSERT_EQ(text.offset_of(text.size()), text.text().size());
    ASSERT_EQ(text.token_at(text.text().size()), text.size());
  }

  Tokenizer tokenizer_ = tokenizer_with(GetParam());
};

TEST_P(RandomEdits, GiveTheTokensOfTheWholeText) {
  test::Random random(21);
  for (int round = 0; round < 400; ++round) {
    test::DifficultText difficult_text(random);
    TokenizedText text(tokenizer_, difficult_text(random.below(100)));
    for (int step = 0; step < 30; ++step) {
      const std::size_t size = text.text().size();
      // Often at an end; deletions as long as insertions, so that the length stays about the same.
      const std::size_t offset =
          random.below(8) == 0 ? size * random.below(2) : random.below(size + 1);
      const std::size_t removed =
          std::min<std::size_t>(size - offset, random.below(3) == 0 ? 0 : random.below(9));
      const std::string inserted = random.below(3) == 0 ? "" : difficult_text(random.below(9));
      edit(text, offset, removed, inserted);
      ASSERT_FALSE(HasFatalFailure()) << "round " << round << ", step " << step;
    }
  }
}

// Longer than the windows in which text is encoded, and than what is replaced as a whole.
TEST_P(RandomEdits, GiveTheTokensOfTheWholeTextWhereMuchIsReplaced) {
  test::Random random(22);
  for (int round = 0; round < 200; ++round) {
    test::DifficultText difficult_text(random);
    TokenizedText text(tokenizer_, difficult_text(random.below(3000)));
    for (int step = 0; step < 4; ++step) {
      const std::size_t size = text.text().size();
      const std::size_t offset = random.below(size + 1);
      const std::size_t removed = random.below(size - offset + 1);
      std::string inserted = difficult_text(random.below(1000));
      if (random.below(2) == 0) {
        inserted = text.text().substr(offset, removed);
        for (int i = 0; i < 10; ++i) {
          inserted.insert(random.below(inserted.size() + 1), difficult_text(1));
        }
      }
      edit(text, offset, removed, inserted);
      ASSERT_FALSE(HasFatalFailure()) << "round " << round << ", step " << step;
    }
  }
}

// Encoding the whole text each time would take minutes.
TEST_P(RandomEdits, AreQuickInALongText) {
  test::Random random(23);
  std::string line = "def f(ab, 'é'):  # 12 語\n";
  std::string long_text;
  while (long_text.size() < 1 << 20) long_text += line;
  TokenizedText text(tokenizer_, long_text);
  for (int step = 0; step < 1000; ++step) {
    const std::size_t offset = random.below(text.text().size() - 1);
    text.replace(offset, random.below(2), random.below(2) == 0 ? " " : "a");
  }
  EXPECT_EQ(tokens_of(text), tokenizer_.encode(text.text()));
}

// One for each set of patterns; the others are synonyms.
INSTANTIATE_TEST_SUITE_P(PreTokenizers, RandomEdits,
                         testing::Values("gpt-2", "starcoder", "qwen2", "llama-bpe", "seed-coder",
                                         "deepseek-coder"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace nextline
