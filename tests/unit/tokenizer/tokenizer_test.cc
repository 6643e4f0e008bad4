#include "engine/tokenizer/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/random.h"
#include "tests/unit/tokenizer/hand_made_vocabulary.h"

namespace nextline {
namespace {

using test::HandMadeVocabulary;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = Vocabulary::Kind;

HandMadeVocabulary code_vocabulary() {
  HandMadeVocabulary vocabulary;
  vocabulary.merge("d", "e").merge("de", "f").merge(" ", "f").merge(" ", " ").merge("  ", "  ");
  vocabulary.merge("\xC3", "\xA9").merge("\xF0", "\x9F").merge("\xF0\x9F", "\x99");
  return vocabulary;
}

std::vector<std::string> texts_of(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::string> texts;
  for (const TokenId token : tokenizer.encode(text)) texts.emplace_back(tokenizer.bytes_of(token));
  return texts;
}

TEST(Tokenizer, MergesWithinPieces) {
  const auto tokenizer = Tokenizer::create(code_vocabulary());
  ASSERT_TRUE(tokenizer);
  EXPECT_THAT(texts_of(*tokenizer, "def f(é):"), ElementsAre("def", " f", "(", "é", ")", ":"));
  // Of five blanks before a word, the last belongs to the word.
  EXPECT_THAT(texts_of(*tokenizer, "     f"), ElementsAre("    ", " f"));
  EXPECT_THAT(tokenizer->split("     f"), ElementsAre("    ", " f"));
}

TEST(Tokenizer, EncodesNothingAsNothing) {
  const auto tokenizer = Tokenizer::create(code_vocabulary());
  EXPECT_THAT(tokenizer->encode(""), ElementsAre());
  EXPECT_EQ(tokenizer->decode({}), "");
}

TEST(Tokenizer, EncodesPieceByPieceWhileItIsToldTo) {
  const auto tokenizer = Tokenizer::create(code_vocabulary());
  std::vector<std::string> pieces;
  std::vector<TokenId> tokens;
  tokenizer->encode_while(
      "def f(é):", [&](std::string_view piece, std::span<const TokenId> tokens_of_piece) {
        pieces.emplace_back(piece);
        tokens.insert(tokens.end(), tokens_of_piece.begin(), tokens_of_piece.end());
        return pieces.size() < 3;
      });
  EXPECT_THAT(pieces, ElementsAre("def", " f", "(é"));
  EXPECT_EQ(tokens, tokenizer->encode("def f(é"));
}

TEST(Tokenizer, GivesBackRandomBytes) {
  test::Random random(3);
  for (const char* const pre_tokenizer : {"qwen2", "deepseek-coder", "smollm", "llama-bpe"}) {
    HandMadeVocabulary vocabulary = code_vocabulary();
    vocabulary->pre_tokenizer = pre_tokenizer;
    const auto tokenizer = Tokenizer::create(vocabulary);
    EXPECT_TRUE(tokenizer->spells_every_byte());
    for (int round = 0; round < 1000; ++round) {
      std::string text(random.below(200), '\0');
      for (char& byte : text) byte = static_cast<char>(random.below(256));
      ASSERT_EQ(tokenizer->decode(tokenizer->encode(text)), text);
    }
  }
}

TEST(Tokenizer, SpellsMalformedBytesOneByOne) {
  const auto tokenizer = Tokenizer::create(code_vocabulary());
  // The merges know F0 9F 99, but here it is a sequence cut off.
  EXPECT_THAT(tokenizer->encode("\xF0\x9F\x99"), ElementsAre(0xF0, 0x9F, 0x99));
  EXPECT_THAT(texts_of(*tokenizer, "🙂"), ElementsAre("\xF0\x9F\x99", "\x82"));
}

TEST(Tokenizer, KeepsTheLengthOfBytesThatTheVocabularyLacks) {
  HandMadeVocabulary vocabulary = code_vocabulary();
  vocabulary->kinds[0x04] = Kind::kUnused;
  const auto tokenizer = Tokenizer::create(vocabulary);
  EXPECT_FALSE(tokenizer->spells_every_byte());
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("a\x04"
                                                "def")),
            "a\x1A"
            "def");
}

TEST(Tokenizer, NeverMakesAControlTokenOfText) {
  HandMadeVocabulary vocabulary = code_vocabulary();
  const TokenId marker = vocabulary.add("<|fim_prefix|>", Kind::kControl).last();
  const auto tokenizer = Tokenizer::create(vocabulary);
  EXPECT_EQ(tokenizer->control_token("<|fim_prefix|>"), marker);
  EXPECT_TRUE(tokenizer->is_control(marker));
  EXPECT_EQ(tokenizer->bytes_of(marker), "");
  const auto tokens = tokenizer->encode("x<|fim_prefix|>y");
  EXPECT_THAT(tokens, testing::Not(testing::Contains(marker)));
  EXPECT_EQ(tokenizer->decode(tokens), "x<|fim_prefix|>y");
}

TEST(Tokenizer, DoesNotReachAControlTokenEvenWhereWholeTokensArePreferred) {
  HandMadeVocabulary vocabulary("llama-bpe");
  const TokenId control = vocabulary.add("stop", Kind::kControl).last();
  const TokenId normal = vocabulary.add("text", Kind::kNormal).last();
  const auto tokenizer = Tokenizer::create(vocabulary);
  EXPECT_THAT(tokenizer->encode("text"), ElementsAre(normal));
  EXPECT_THAT(tokenizer->encode("stop"), testing::Not(testing::Contains(control)));
}

TEST(Tokenizer, TellsMarkersFromOtherUserDefinedTokens) {
  HandMadeVocabulary vocabulary = code_vocabulary();
  const TokenId marker = vocabulary.add("<|fim_middle|>", Kind::kUserDefined).last();
  const TokenId wide_marker = vocabulary.add("<｜fim▁hole｜>", Kind::kUserDefined).last();
  const TokenId call = vocabulary.add("<tool_call>", Kind::kUserDefined).last();
  const auto tokenizer = Tokenizer::create(vocabulary);
  EXPECT_EQ(tokenizer->control_token("<|fim_middle|>"), marker);
  EXPECT_EQ(tokenizer->control_token("<｜fim▁hole｜>"), wide_marker);
  EXPECT_EQ(tokenizer->control_token("<tool_call>"), std::nullopt);
  EXPECT_FALSE(tokenizer->is_control(call));
  EXPECT_EQ(tokenizer->bytes_of(call), "<tool_call>");
  EXPECT_THAT(tokenizer->encode("<tool_call>"), testing::Not(testing::Contains(call)));
}

TEST(Tokenizer, TakesAUserDefinedLetterForAByteThatHasNoOther) {
  HandMadeVocabulary vocabulary = code_vocabulary();
  vocabulary->kinds[0xF8] = Kind::kUserDefined;  // "ø" stands for F8 in the byte alphabet.
  const TokenId twice = vocabulary.add("é", Kind::kUserDefined).last();
  const auto tokenizer = Tokenizer::create(vocabulary);
  EXPECT_TRUE(tokenizer->spells_every_byte());
  EXPECT_EQ(tokenizer->bytes_of(0xF8), "\xF8");
  EXPECT_EQ(tokenizer->bytes_of(twice), "é");
}

TEST(Tokenizer, EndsGenerationAtEveryTokenThatIsNoText) {
  HandMadeVocabulary vocabulary = code_vocabulary();
  const TokenId end = vocabulary.add("<|endoftext|>", Kind::kControl).last();
  const TokenId middle = vocabulary.add("<fim_middle>", Kind::kUserDefined).last();
  const TokenId unused = vocabulary.add("[PAD7]", Kind::kUnused).last();
  const TokenId unknown = vocabulary.add("<unk>", Kind::kUnknown).last();
  const TokenId call = vocabulary.add("<tool_call>", Kind::kUserDefined).last();
  vocabulary->eos = 'z';  // Some files end with a token that they do not call control.
  const auto tokenizer = Tokenizer::create(vocabulary);
  for (const TokenId token : {end, middle, unused, unknown, TokenId{'z'}}) {
    EXPECT_TRUE(tokenizer->ends_generation(token)) << token;
  }
  EXPECT_FALSE(tokenizer->ends_generation('a'));
  EXPECT_FALSE(tokenizer->ends_generation(call));
}

TEST(Tokenizer, KnowsNothingOutsideTheVocabulary) {
  const HandMadeVocabulary vocabulary = code_vocabulary();
  const auto tokenizer = Tokenizer::create(vocabulary);
  const auto size = static_cast<TokenId>(tokenizer->vocabulary_size());
  EXPECT_EQ(size, vocabulary.last() + 1);
  for (const TokenId token : {-1, size, std::numeric_limits<TokenId>::max()}) {
    EXPECT_EQ(tokenizer->bytes_of(token), "");
    EXPECT_FALSE(tokenizer->is_control(token));
    EXPECT_FALSE(tokenizer->ends_generation(token));
  }
}

TEST(Tokenizer, RefusesBadVocabularies) {
  const auto sentence = [](const Vocabulary& vocabulary) {
    const auto tokenizer = Tokenizer::create(vocabulary);
    return tokenizer ? "" : tokenizer.error().message;
  };
  EXPECT_THAT(sentence({}), HasSubstr("no tokens for single bytes"));
  HandMadeVocabulary kinds = code_vocabulary();
  kinds->kinds.pop_back();
  EXPECT_THAT(sentence(kinds), HasSubstr("does not give each of its tokens a kind"));
  HandMadeVocabulary eos = code_vocabulary();
  eos->eos = eos.last() + 1;
  EXPECT_THAT(sentence(eos), HasSubstr("outside the vocabulary"));
  HandMadeVocabulary control = code_vocabulary();
  control->kinds.back() = Kind::kControl;
  EXPECT_THAT(sentence(control), HasSubstr("makes something that is not a token"));
  EXPECT_THAT(sentence(HandMadeVocabulary("tekken")), HasSubstr("\"tekken\" is not supported"));
}

TEST(Tokenizer, HasAFingerprintOfWhatDecidesTheTokens) {
  const std::uint64_t fingerprint = Tokenizer::create(code_vocabulary())->fingerprint();
  EXPECT_EQ(Tokenizer::create(code_vocabulary())->fingerprint(), fingerprint);

  std::set<std::uint64_t> fingerprints = {fingerprint};
  HandMadeVocabulary longer = code_vocabulary();
  longer.merge("x", "y");
  HandMadeVocabulary retyped = code_vocabulary();
  retyped->kinds['q'] = Kind::kUnused;
  HandMadeVocabulary reordered = code_vocabulary();
  std::swap(reordered->merges[0], reordered->merges[1]);
  HandMadeVocabulary cut_otherwise = code_vocabulary();
  cut_otherwise->pre_tokenizer = "deepseek-coder";
  const HandMadeVocabulary* const others[] = {&longer, &retyped, &reordered, &cut_otherwise};
  for (const HandMadeVocabulary* const other : others) {
    const auto tokenizer = Tokenizer::create(*other);
    ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error().message;
    EXPECT_TRUE(fingerprints.insert(tokenizer->fingerprint()).second);
  }
}

TEST(Tokenizer, ServesSeveralThreads) {
  const auto tokenizer = Tokenizer::create(code_vocabulary());
  const std::string text = "def f(é):  \n    return 'déf' 🙂\xFF\n";
  const auto expected = tokenizer->encode(text);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) EXPECT_EQ(tokenizer->encode(text), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Tokenizer, EncodesALongLineWithoutBlanks) {
  const auto tokenizer = Tokenizer::create(code_vocabulary());
  constexpr std::size_t kLength = 4 << 20;
  for (const std::string unit : {"def", "ed", "é", "🙂", " ", "\xFF"}) {
    std::string line;
    while (line.size() < kLength) line += unit;
    EXPECT_EQ(tokenizer->decode(tokenizer->encode(line)), line);
  }
}

}  // namespace
}  // namespace nextline
