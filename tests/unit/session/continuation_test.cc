#include "engine/session/continuation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/random.h"
#include "tests/unit/tokenizer/hand_made_vocabulary.h"

namespace nextline {
namespace {

/// The 256 bytes (token id = byte) and some words.
class ContinuationTest : public ::testing::Test {
 protected:
  /// Logits of 0, but for these.
  std::vector<float> logits(const std::vector<std::pair<TokenId, float>>& of_tokens) const {
    std::vector<float> logits(tokenizer_.vocabulary_size());
    for (const auto& [token, logit] : of_tokens) logits[token] = logit;
    return logits;
  }
  Continuation continuation(std::string bytes) const { return {tokenizer_, std::move(bytes)}; }

  test::HandMadeVocabulary vocabulary_;
  TokenId fo_ = vocabulary_.merge("f", "o").last();
  TokenId for_ = vocabulary_.merge("fo", "r").last();
  TokenId format_ = vocabulary_.add("format", Vocabulary::Kind::kNormal).last();
  TokenId control_ = vocabulary_.add("<|im_end|>", Vocabulary::Kind::kControl).last();
  TokenId call_ = vocabulary_.add("<tool_call>", Vocabulary::Kind::kUserDefined).last();
  Tokenizer tokenizer_ = *Tokenizer::create(vocabulary_);
};

TEST_F(ContinuationTest, AllowsTokensThatSpellTheBytesInPartWhollyOrBeyond) {
  const Continuation continued = continuation("for");
  EXPECT_TRUE(continued.allows('f'));
  EXPECT_TRUE(continued.allows(fo_));
  EXPECT_TRUE(continued.allows(for_));
  EXPECT_TRUE(continued.allows(format_));
  EXPECT_FALSE(continued.allows('o'));
  EXPECT_FALSE(continued.allows('x'));
}

TEST_F(ContinuationTest, AllowsNoControlTokenWhileBytesRemain) {
  EXPECT_FALSE(continuation("<").allows(control_));
  EXPECT_FALSE(continuation("<").allows(-1));
  EXPECT_TRUE(continuation("<").allows(call_));
  EXPECT_EQ(continuation("<").most_likely(logits({{control_, 9}, {call_, 1}})), call_);
}

TEST_F(ContinuationTest, TheLikeliestLeadBeyondWhatRemains) {
  const auto any = logits({{fo_, 5}, {for_, 4}, {format_, 3}, {'x', 2}});
  EXPECT_EQ(continuation("fo").likeliest(any, 1), std::vector{for_});
  EXPECT_EQ(continuation("fo").likeliest(any, 4), (std::vector{for_, format_}));
  EXPECT_EQ(continuation("for").likeliest(any, 4), std::vector{format_});
  EXPECT_EQ(continuation("").likeliest(any, 2), (std::vector{fo_, for_}));
}

TEST_F(ContinuationTest, AllowsEveryTokenOnceNothingRemains) {
  EXPECT_TRUE(continuation("").satisfied());
  EXPECT_TRUE(continuation("").allows(control_));
  EXPECT_EQ(continuation("").most_likely(logits({{'x', 1}, {control_, 2}})), control_);
}

TEST_F(ContinuationTest, ChoosesTheHighestLogitAmongThoseAllowed) {
  const Continuation continued = continuation("for");
  EXPECT_EQ(continued.most_likely(logits({{'x', 9}, {format_, 2}, {'f', 1}})), format_);
  EXPECT_EQ(continued.most_likely(logits({{'x', 9}, {format_, 2}, {'f', 3}})), 'f');
}

TEST_F(ContinuationTest, DrawsAmongThoseAllowedAsOftenAsTheyAreLikely) {
  const Continuation continued = continuation("for");
  const auto likely = logits({{'x', 9}, {control_, 9}, {fo_, 1}, {format_, 2}});
  std::map<TokenId, int> drawn;
  for (Position position = 0; position < 3000; ++position) {
    ++drawn[continued.choose(likely, {.temperature = 1.0F, .seed = 4}, position)];
  }
  ASSERT_EQ(drawn.size(), 4U);  // "f", "fo", "for", "format".
  EXPECT_NEAR(drawn['f'], 3000 / (2 + std::exp(1) + std::exp(2)), 60);
  EXPECT_NEAR(drawn[format_], 3000 * std::exp(2) / (2 + std::exp(1) + std::exp(2)), 150);
}

TEST_F(ContinuationTest, DrawsAnAllowedTokenWhateverTheLogits) {
  std::vector<float> impossible(tokenizer_.vocabulary_size(),
                                -std::numeric_limits<float>::infinity());
  const Continuation continued = continuation("for");
  EXPECT_TRUE(continued.allows(continued.choose(impossible, {.temperature = 1.0F}, 3)));
}

TEST_F(ContinuationTest, ChoosesTheLowestIdOfEquals) {
  EXPECT_EQ(continuation("for").most_likely(logits({})), 'f');
  EXPECT_EQ(continuation("for").most_likely(logits({{fo_, 1}, {for_, 1}, {format_, 1}})), fo_);
  EXPECT_EQ(continuation("").most_likely(logits({{fo_, 1}, {for_, 1}})), fo_);
}

TEST_F(ContinuationTest, ChoosesAnAllowedTokenWhateverTheLogits) {
  for (const float logit :
       {-std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    const Continuation continued = continuation("for");
    const std::vector<float> logits(tokenizer_.vocabulary_size(), logit);
    EXPECT_TRUE(continued.allows(continued.most_likely(logits)));
  }
}

TEST_F(ContinuationTest, GivesWhatGoesBeyondTheBytes) {
  Continuation continued = continuation("for");
  EXPECT_EQ(continued.advance(fo_), "");
  EXPECT_EQ(continued.remaining(), "r");
  EXPECT_EQ(continued.advance('r'), "");
  EXPECT_TRUE(continued.satisfied());
  EXPECT_EQ(continued.advance(format_), "format");

  Continuation leapt = continuation("for");
  EXPECT_EQ(leapt.advance(format_), "mat");
  EXPECT_TRUE(leapt.satisfied());
}

TEST_F(ContinuationTest, TakesTheTokenisersSubstituteForAByteWithoutAToken) {
  vocabulary_->kinds[0x04] = Vocabulary::Kind::kUnused;
  const auto tokenizer = Tokenizer::create(vocabulary_);
  Continuation continued(*tokenizer,
                         "a\x04"
                         "b");
  EXPECT_EQ(continued.remaining(),
            "a\x1A"
            "b");
  continued.advance('a');
  EXPECT_EQ(continued.most_likely(logits({{0x04, 1}})), 0x1A);
}

/// A vocabulary of many words that begin alike, some twice, some without a merge.
Tokenizer random_tokenizer(test::Random& random) {
  test::HandMadeVocabulary vocabulary;
  std::vector<std::string> parts = {"a", "b", " ", "\xC3", "\xA9"};
  for (int i = 0; i < 60; ++i) {
    const std::string left = parts[random.below(parts.size())];
    const std::string right = parts[random.below(parts.size())];
    if (left.size() + right.size() > 12) continue;
    vocabulary.merge(left, right);
    parts.push_back(left + right);
  }
  vocabulary.add("[PAD]", Vocabulary::Kind::kUnused);
  return *Tokenizer::create(vocabulary);
}

std::string random_word(test::Random& random) {
  const std::string_view letters[] = {"a", "b", " ", "é", "x"};
  std::string word;
  for (std::uint64_t length = 1 + random.below(16); length > 0; --length) {
    word += letters[random.below(std::size(letters))];
  }
  return word;
}

/// Few different ones, so that many are equal.
std::vector<float> random_logits(test::Random& random, std::size_t size) {
  std::vector<float> logits(size);
  for (float& logit : logits) logit = static_cast<float>(random.below(50));
  return logits;
}

TokenId most_likely_by_scan(const Tokenizer& tokenizer, std::string_view remaining,
                            std::span<const float> logits) {
  TokenId best = -1;
  for (TokenId token = 0; token < static_cast<TokenId>(logits.size()); ++token) {
    const std::string_view bytes = tokenizer.bytes_of(token);
    const bool fits = bytes.starts_with(remaining) || remaining.starts_with(bytes);
    if (!remaining.empty() && (bytes.empty() || !fits)) continue;
    if (best < 0 || logits[token] > logits[best]) best = token;
  }
  return best;
}

TEST(Continuation, ChoosesWhatAScanOfTheVocabularyChooses) {
  test::Random random(31);
  for (int round = 0; round < 100; ++round) {
    const Tokenizer tokenizer = random_tokenizer(random);
    for (int i = 0; i < 50; ++i) {
      const std::string word = i == 0 ? "" : random_word(random);
      const auto logits = random_logits(random, tokenizer.vocabulary_size());
      ASSERT_EQ(Continuation(tokenizer, word).most_likely(logits),
                most_likely_by_scan(tokenizer, word, logits))
          << word;
    }
  }
}

TEST(Continuation, AlwaysEndsInTheBytesAndWhatGoesBeyond) {
  test::Random random(32);
  for (int round = 0; round < 100; ++round) {
    const Tokenizer tokenizer = random_tokenizer(random);
    for (int i = 0; i < 50; ++i) {
      const std::string word = random_word(random);
      Continuation continued(tokenizer, word);
      std::string generated;
      std::string beyond;
      for (std::size_t steps = 0; !continued.satisfied(); ++steps) {
        ASSERT_LT(steps, word.size());
        const TokenId token =
            continued.most_likely(random_logits(random, tokenizer.vocabulary_size()));
        ASSERT_TRUE(continued.allows(token));
        generated += tokenizer.bytes_of(token);
        beyond += continued.advance(token);
      }
      ASSERT_EQ(generated, word + beyond);
    }
  }
}

}  // namespace
}  // namespace nextline
