#include "engine/tokenizer/streaming_detokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/tokenizer/utf8.h"
#include "tests/support/random.h"
#include "tests/unit/tokenizer/hand_made_vocabulary.h"

namespace nextline {
namespace {

using testing::ElementsAre;

/// Each byte is a token of the same number; so is the pair "é" + "x", and a control token.
struct Stream {
  test::HandMadeVocabulary vocabulary;
  TokenId tail_and_head = vocabulary.merge("\xA9", "\xC3").last();
  TokenId control = vocabulary.add("<|im_end|>", Vocabulary::Kind::kControl).last();
  Tokenizer tokenizer = *Tokenizer::create(vocabulary);
  StreamingDetokenizer detokenizer{tokenizer};

  std::vector<std::string> push_all(const std::vector<TokenId>& tokens) {
    std::vector<std::string> texts;
    for (const TokenId token : tokens) texts.push_back(detokenizer.push(token));
    return texts;
  }
};

TEST(StreamingDetokenizer, GivesAsciiAtOnce) {
  Stream stream;
  EXPECT_THAT(stream.push_all({'o', 'k'}), ElementsAre("o", "k"));
  EXPECT_EQ(stream.detokenizer.finish(), "");
}

TEST(StreamingDetokenizer, HoldsASequenceBackUntilItIsWhole) {
  Stream stream;
  EXPECT_THAT(stream.push_all({0xF0, 0x9F, 0x99, 0x82, '!'}), ElementsAre("", "", "", "🙂", "!"));
}

TEST(StreamingDetokenizer, SplitsATokenThatEndsOneSequenceAndBeginsAnother) {
  Stream stream;
  EXPECT_THAT(stream.push_all({0xC3, stream.tail_and_head, 0xA8}), ElementsAre("", "é", "è"));
}

TEST(StreamingDetokenizer, ReplacesMalformedBytes) {
  Stream stream;
  EXPECT_THAT(stream.push_all({0xFF, 0xE2, 0x82, 'x'}), ElementsAre("\uFFFD", "", "", "\uFFFDx"));
  EXPECT_THAT(stream.push_all({0xED, 0xA0}), ElementsAre("", "\uFFFD\uFFFD"));  // A surrogate.
}

TEST(StreamingDetokenizer, ReplacesAnUnfinishedSequenceOnceAtTheEnd) {
  Stream stream;
  EXPECT_THAT(stream.push_all({'a', 0xF0, 0x9F, 0x99}), ElementsAre("a", "", "", ""));
  EXPECT_EQ(stream.detokenizer.finish(), "\uFFFD");
  EXPECT_EQ(stream.detokenizer.finish(), "");
}

TEST(StreamingDetokenizer, GivesNothingForControlTokens) {
  Stream stream;
  EXPECT_THAT(stream.push_all({0xC3, stream.control, 0xA9, -1}), ElementsAre("", "", "é", ""));
}

TEST(StreamingDetokenizer, GivesWellFormedTextOnly) {
  Stream stream;
  test::Random random(5);
  for (int round = 0; round < 20000; ++round) {
    const std::string text = stream.detokenizer.push(static_cast<TokenId>(random.below(256)));
    ASSERT_EQ(well_formed_utf8_prefix(text), text.size());
  }
}

TEST(StreamingDetokenizer, GivesWellFormedTextUnchanged) {
  Stream stream;
  const std::string text = "def größe(): # 日本語 🙂\n";
  std::string streamed;
  for (const TokenId token : stream.tokenizer.encode(text)) {
    streamed += stream.detokenizer.push(token);
  }
  EXPECT_EQ(streamed + stream.detokenizer.finish(), text);
}

}  // namespace
}  // namespace nextline
