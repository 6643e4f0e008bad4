#include "engine/tokenizer/pre_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/random.h"
#include "tests/unit/tokenizer/difficult_text.h"
#include "tests/unit/tokenizer/expected_splits.h"

namespace nextline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const char* const kNames[] = {"",       "default",   "gpt-2",      "mellum",        "starcoder",
                              "refact", "command-r", "smollm",     "qwen2",         "llama-bpe",
                              "llama3", "llama-v3",  "seed-coder", "deepseek-coder"};

std::vector<std::string_view> split(std::string_view name, std::string_view text) {
  std::vector<std::string_view> pieces;
  PreTokenizer::create(name)->for_each_piece(
      text, [&](std::string_view piece) { pieces.push_back(piece); });
  return pieces;
}

std::string joined(const std::vector<std::string_view>& pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

TEST(PreTokenizer, SplitsAsThePublishedTokenisersDo) {
  for (const test::ExpectedSplit& expected : test::kExpectedSplits) {
    const std::string text = joined(expected.pieces);
    EXPECT_EQ(split(expected.pre_tokenizer, text), expected.pieces) << expected.pre_tokenizer;
  }
}

TEST(PreTokenizer, TreatsSynonymsAlike) {
  const std::string_view text = "it's 1234 x\u00a0y  \n\n z";
  EXPECT_EQ(split("", text), split("gpt-2", text));
  EXPECT_EQ(split("default", text), split("gpt-2", text));
  EXPECT_EQ(split("mellum", text), split("gpt-2", text));
  EXPECT_EQ(split("refact", text), split("starcoder", text));
  EXPECT_EQ(split("command-r", text), split("starcoder", text));
  EXPECT_EQ(split("llama3", text), split("llama-bpe", text));
}

TEST(PreTokenizer, OnlyLlama3PrefersWholeTokens) {
  EXPECT_TRUE(PreTokenizer::create("llama-bpe")->prefers_whole_tokens());
  EXPECT_FALSE(PreTokenizer::create("qwen2")->prefers_whole_tokens());
  EXPECT_FALSE(PreTokenizer::create("smollm")->prefers_whole_tokens());
}

TEST(PreTokenizer, NamesTheKnownOnesWhenItDoesNotKnowOne) {
  const auto unknown = PreTokenizer::create("tekken");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("\"tekken\" is not supported"));
  EXPECT_THAT(unknown.error().message, HasSubstr("qwen2"));
}

TEST(PreTokenizer, HasNoPieceForEmptyText) { EXPECT_THAT(split("qwen2", ""), ElementsAre()); }

TEST(PreTokenizer, MakesEachMalformedByteAPiece) {
  EXPECT_THAT(split("qwen2",
                    "ab\xFF\xFE"
                    "cd"),
              ElementsAre("ab", "\xFF", "\xFE", "cd"));
  // A surrogate, an overlong slash, a code point beyond Unicode, and a sequence cut off.
  EXPECT_THAT(split("qwen2", "\xED\xA0\x80"), ElementsAre("\xED", "\xA0", "\x80"));
  EXPECT_THAT(split("qwen2", "\xC0\xAF"), ElementsAre("\xC0", "\xAF"));
  EXPECT_THAT(split("qwen2", "\xF4\x90\x80\x80"), ElementsAre("\xF4", "\x90", "\x80", "\x80"));
  EXPECT_THAT(split("qwen2", "x\xE2\x82"), ElementsAre("x", "\xE2", "\x82"));
}

TEST(PreTokenizer, LooksAheadOnlyWithinWellFormedText) {
  // The blanks end the well-formed stretch, so no blank is left for what follows.
  EXPECT_THAT(split("qwen2", "a   \xFF b"), ElementsAre("a", "   ", "\xFF", " b"));
  EXPECT_THAT(split("qwen2", "a   b"), ElementsAre("a", "  ", " b"));
}

TEST(PreTokenizer, KeepsEveryByteOfRandomText) {
  test::Random random(1);
  // Bytes that occur in difficult places: lead bytes, continuations, blanks, quotes, digits.
  const std::string_view likely = "a'sS 1\n\r\t.\xC3\xA9\xE2\x80\xA8\xF0\x9F\x99\x82\xED\xA0\xFF";
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::uint64_t length = random.below(40); text.size() < length;) {
      text += random.below(2) ? likely[random.below(likely.size())]
                              : static_cast<char>(random.below(256));
    }
    for (const char* const name : {"qwen2", "smollm", "deepseek-coder", "llama-bpe"}) {
      const auto pieces = split(name, text);
      ASSERT_EQ(joined(pieces), text);
      for (const std::string_view piece : pieces) ASSERT_FALSE(piece.empty());
    }
  }
}

std::vector<std::string_view> split_lazily(const PreTokenizer& pre_tokenizer, std::string_view text,
                                           std::size_t most_pieces) {
  std::vector<std::string_view> pieces;
  pre_tokenizer.for_each_piece_while(text, [&](std::string_view piece) {
    pieces.push_back(piece);
    return pieces.size() < most_pieces;
  });
  return pieces;
}

TEST(PreTokenizer, StopsWhereItIsTold) {
  const auto pre_tokenizer = PreTokenizer::create("qwen2");
  EXPECT_THAT(split_lazily(*pre_tokenizer, "a b c", 2), ElementsAre("a", " b"));
  EXPECT_THAT(split_lazily(*pre_tokenizer, "a\xFF\xFE c", 2), ElementsAre("a", "\xFF"));
  EXPECT_THAT(split_lazily(*pre_tokenizer, "", 2), ElementsAre());
}

// What an incremental tokeniser relies on, for each set of patterns.
TEST(PreTokenizer, CutsAloneWhatLiesBehindABorder) {
  test::Random random(2);
  for (const char* const name : kNames) {
    const auto pre_tokenizer = PreTokenizer::create(name);
    for (int round = 0; round < 300; ++round) {
      test::DifficultText difficult_text(random);
      const std::string text = difficult_text(random.below(2000));
      std::vector<std::string_view> pieces;
      pre_tokenizer->for_each_piece(text, [&](std::string_view piece) { pieces.push_back(piece); });
      ASSERT_EQ(split_lazily(*pre_tokenizer, text, text.size() + 1), pieces) << name;

      if (pieces.empty()) continue;
      const std::size_t first = random.below(pieces.size());
      const std::string_view rest =
          std::string_view(text).substr(pieces[first].data() - text.data());
      pieces.erase(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(first));
      ASSERT_EQ(split_lazily(*pre_tokenizer, rest, text.size() + 1), pieces) << name;
    }
  }
}

TEST(PreTokenizer, SettlesBordersWhateverFollows) {
  test::Random random(4);
  for (const char* const name : kNames) {
    const auto pre_tokenizer = PreTokenizer::create(name);
    const auto borders = [&](const std::string& text, std::size_t until) {
      std::vector<std::size_t> offsets = {0};
      pre_tokenizer->for_each_piece_while(text, [&](std::string_view piece) {
        offsets.push_back(offsets.back() + piece.size());
        return true;
      });
      std::erase_if(offsets, [&](std::size_t offset) { return offset > until; });
      return offsets;
    };
    for (int round = 0; round < 1000; ++round) {
      test::DifficultText difficult_text(random);
      std::string beginning = difficult_text(random.below(20));
      beginning.resize(beginning.size() -
                       random.below(std::min<std::size_t>(3, beginning.size() + 1)));
      const std::size_t settled = PreTokenizer::settled(beginning);
      const auto expected = borders(beginning, settled);
      for (int i = 0; i < 10; ++i) {
        const std::string whole = beginning + difficult_text(1 + random.below(6));
        ASSERT_EQ(borders(whole, settled), expected) << name << ": " << whole;
      }
    }
  }
}

TEST(PreTokenizer, SettlesNothingThatTheNextCharacterMayMove) {
  EXPECT_EQ(PreTokenizer::settled("x = 1"), 2U);
  EXPECT_EQ(PreTokenizer::settled("x =     "), 2U);
  EXPECT_EQ(PreTokenizer::settled("x"), 0U);
  EXPECT_EQ(PreTokenizer::settled("語語"), 0U);
}

// Each run is a single piece of several megabytes, or as many pieces: neither stack nor time may
// grow with it more than linearly.
TEST(PreTokenizer, CutsLongRuns) {
  constexpr std::size_t kLength = 2 << 20;
  for (const std::string unit :
       {"a", " ", "\n", " \n", "\t", "=", "'", "1", "語", "\u00a0", "e\u0301"}) {
    std::string text;
    while (text.size() < kLength) text += unit;
    text += "x y";
    for (const char* const name : kNames) {
      std::size_t bytes = 0;
      PreTokenizer::create(name)->for_each_piece(
          text, [&](std::string_view piece) { bytes += piece.size(); });
      ASSERT_EQ(bytes, text.size()) << name;
    }
  }
}

}  // namespace
}  // namespace nextline
