#include "engine/tokenizer/heal_point.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/tokenizer/utf8.h"
#include "tests/support/random.h"
#include "tests/unit/tokenizer/hand_made_vocabulary.h"

namespace nextline {
namespace {

const char* const kNames[] = {"gpt-2",     "smollm",     "qwen2",
                              "llama-bpe", "seed-coder", "deepseek-coder"};

Tokenizer tokenizer_of(const char* pre_tokenizer) {
  return *Tokenizer::create(test::HandMadeVocabulary(pre_tokenizer));
}

std::string cut_off(const char* pre_tokenizer, std::string_view text) {
  return std::string(text.substr(heal_point(tokenizer_of(pre_tokenizer), text)));
}

std::string repeated(int times, std::string_view unit) {
  std::string text;
  for (int i = 0; i < times; ++i) text += unit;
  return text;
}

TEST(HealPoint, StandsBeforeAPartialWordAndItsBlank) {
  for (const char* const name : kNames) {
    EXPECT_EQ(cut_off(name, "x = fo"), " fo") << name;
    EXPECT_EQ(cut_off(name, "größ"), "größ") << name;
  }
}

TEST(HealPoint, StandsBeforeWhatThePatternJoinsToAWord) {
  for (const char* const name : {"qwen2", "llama-bpe", "seed-coder"}) {
    EXPECT_EQ(cut_off(name, "self."), ".") << name;
    EXPECT_EQ(cut_off(name, "self.na"), ".na") << name;
    EXPECT_EQ(cut_off(name, "f("), "(") << name;
    EXPECT_EQ(cut_off(name, "f(\""), "") << name;  // Two marks are a piece of their own.
    EXPECT_EQ(cut_off(name, "x_"), "_") << name;
  }
  for (const char* const name : {"gpt-2", "smollm", "deepseek-coder"}) {
    EXPECT_EQ(cut_off(name, "self."), "") << name;
    EXPECT_EQ(cut_off(name, "self.na"), "na") << name;
  }
}

TEST(HealPoint, StandsBeforeTheLastOfTrailingBlanks) {
  for (const char* const name : kNames) {
    EXPECT_EQ(cut_off(name, "if x:\n    "), " ") << name;
    EXPECT_EQ(cut_off(name, "return "), " ") << name;
  }
}

TEST(HealPoint, StandsBeforeATabWhereATabIsJoinedToAWord) {
  EXPECT_EQ(cut_off("qwen2", "if x:\n\t\t"), "\t");
  EXPECT_EQ(cut_off("deepseek-coder", "if x:\n\t\t"), "\t");
  EXPECT_EQ(cut_off("smollm", "if x:\n\t\t"), "");
}

TEST(HealPoint, StandsAtTheEndWhereNothingCanGrow) {
  for (const char* const name : kNames) {
    for (const char* const text : {"", "x =", "def f():\n", "\n\n", "    \n", "x\r\n", "x\r"}) {
      EXPECT_EQ(cut_off(name, text), "") << name << ": " << text;
    }
  }
}

TEST(HealPoint, StandsBeforeDigitsThatADigitWouldJoin) {
  EXPECT_EQ(cut_off("gpt-2", "x = 23"), " 23");
  EXPECT_EQ(cut_off("llama-bpe", "x = 23"), "23");
  EXPECT_EQ(cut_off("llama-bpe", "x = 123"), "");  // Three at the most.
  EXPECT_EQ(cut_off("llama-bpe", "x = 1234"), "4");
  EXPECT_EQ(cut_off("qwen2", "x = 23"), "");  // One by one.
  EXPECT_EQ(cut_off("qwen2", "x1"), "");
}

TEST(HealPoint, CutsOffThirtyTwoBytesOfALongerPiece) {
  for (const char* const name : kNames) {
    EXPECT_EQ(cut_off(name, repeated(32, "x")), repeated(32, "x")) << name;
    EXPECT_EQ(cut_off(name, repeated(33, "x")), repeated(32, "x")) << name;
    EXPECT_EQ(cut_off(name, repeated(1 << 20, "x")), repeated(32, "x")) << name;
    EXPECT_EQ(cut_off(name, repeated(20, "é")), repeated(16, "é")) << name;
  }
  EXPECT_EQ(cut_off("qwen2", repeated(20, "語")), repeated(10, "語"));
}

TEST(HealPoint, NeedsTheEndOfALongLineOnly) {
  for (const char* const name : kNames) {
    EXPECT_EQ(cut_off(name, repeated(1 << 20, "x = 語(é);") + " fo"), " fo") << name;
    EXPECT_EQ(cut_off(name, repeated(1 << 20, " ")), " ") << name;
  }
}

std::string random_text(test::Random& random, std::uint64_t most_units) {
  const std::string_view units[] = {" ",  " ",      "  ",     "\t",     "\n",   "\n",  "\r\n",
                                    "\r", "a",      "foo",    "S",      "é",    "語",  "1",
                                    "2",  "34",     ".",      "(",      "'",    "'s",  "= ",
                                    "_",  "\u0301", "\u2028", "\u00a0", "🙂", "\xFF"};
  std::string text;
  for (std::uint64_t count = random.below(most_units); count > 0; --count) {
    text += units[random.below(std::size(units))];
  }
  return text;
}

/// The definition, on the whole text.
std::size_t heal_point_by_definition(const Tokenizer& tokenizer, const std::string& text) {
  const std::size_t before_letter = text.size() + 1 - tokenizer.split(text + "a").back().size();
  const std::size_t before_digit = text.size() + 1 - tokenizer.split(text + "1").back().size();
  return std::min({text.size(), before_letter, before_digit});
}

TEST(HealPoint, IsWhatTheDefinitionFindsInTheWholeText) {
  test::Random random(21);
  for (const char* const name : kNames) {
    const Tokenizer tokenizer = tokenizer_of(name);
    for (int round = 0; round < 3000; ++round) {
      const std::string text = random_text(random, 40);
      const std::size_t expected = heal_point_by_definition(tokenizer, text);
      if (text.size() - expected > 32) continue;
      ASSERT_EQ(heal_point(tokenizer, text), expected) << name << ": " << text;
    }
  }
}

TEST(HealPoint, CutsNeitherCharactersNorCrLfAndAtMostThirtyTwoBytes) {
  test::Random random(22);
  for (const char* const name : kNames) {
    const Tokenizer tokenizer = tokenizer_of(name);
    for (int round = 0; round < 300; ++round) {
      const std::string text = random_text(random, 2000);
      const std::size_t point = heal_point(tokenizer, text);
      ASSERT_LE(point, text.size());
      ASSERT_LE(text.size() - point, 32U);
      const std::string_view rest = std::string_view(text).substr(point);
      if (rest.empty()) continue;
      ASSERT_EQ(well_formed_utf8_prefix(rest), rest.size());
      ASSERT_NE(rest.front(), '\n');
    }
  }
}

/// Whether the prompt ends in white space that is not joined to what is cut off.
bool ends_in_white_space_of_its_own(std::string_view prompt, std::string_view cut) {
  const std::string_view white_space[] = {" ", "\t", "\u00a0", "\u2028"};
  return std::ranges::any_of(white_space, [&](auto c) { return prompt.ends_with(c); }) &&
         std::ranges::none_of(white_space, [&](auto c) { return cut.starts_with(c); });
}

TEST(HealPoint, KeepsThePiecesThatStayWhenAWordIsTyped) {
  test::Random random(23);
  for (const char* const name : {"qwen2", "llama-bpe", "seed-coder", "deepseek-coder"}) {
    const Tokenizer tokenizer = tokenizer_of(name);
    for (int round = 0; round < 3000; ++round) {
      const std::string typed = random_text(random, 40) + "a";
      const std::string_view text = std::string_view(typed).substr(0, typed.size() - 1);
      const std::string_view prompt = text.substr(0, heal_point(tokenizer, text));
      const std::string_view cut = text.substr(prompt.size());
      // Thirty-two bytes are perhaps the end of a longer piece.
      if (cut.size() == 32 || ends_in_white_space_of_its_own(prompt, cut)) continue;
      const auto pieces = tokenizer.split(typed);
      const auto kept = tokenizer.split(prompt);
      ASSERT_LE(kept.size(), pieces.size());
      ASSERT_TRUE(std::equal(kept.begin(), kept.end(), pieces.begin())) << name << ": " << text;
    }
  }
}

TEST(HealPoint, LeavesWhiteSpaceInOnePieceThoughWhatFollowsPartsIt) {
  using Pieces = std::vector<std::string_view>;
  const Tokenizer qwen2 = tokenizer_of("qwen2");
  EXPECT_EQ(qwen2.split("\t\t_x"), (Pieces{"\t", "\t", "_x"}));
  EXPECT_EQ(heal_point(qwen2, "\t\t_x"), 2U);
  EXPECT_EQ(qwen2.split("\t\t"), Pieces{"\t\t"});
  const Tokenizer gpt2 = tokenizer_of("gpt-2");
  EXPECT_EQ(gpt2.split("\n\nx"), (Pieces{"\n", "\n", "x"}));
  EXPECT_EQ(heal_point(gpt2, "\n\nx"), 2U);
  EXPECT_EQ(gpt2.split("\n\n"), Pieces{"\n\n"});
}

}  // namespace
}  // namespace nextline
