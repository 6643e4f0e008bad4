#include "engine/tokenizer/byte_pair_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/tokenizer/byte_alphabet.h"
#include "tests/support/random.h"

namespace nextline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Tokens given as bytes; the merges that make those of several bytes come with them.
struct Pairs {
  std::vector<TokenTable::Spelling> spellings;
  std::vector<std::string> merges;

  explicit Pairs(std::string_view single_bytes = {}) {
    for (int byte = 0; byte < 256; ++byte) {
      const char text = static_cast<char>(byte);
      const bool is_text =
          single_bytes.empty() || single_bytes.find(text) != std::string_view::npos;
      spellings.push_back({std::string(1, text), is_text});
    }
  }
  Pairs& merge(std::string_view left, std::string_view right) {
    merges.push_back(to_byte_alphabet(left) + " " + to_byte_alphabet(right));
    return token(std::string(left) + std::string(right));
  }
  Pairs& token(const std::string& bytes) {
    spellings.push_back({bytes, true});
    return *this;
  }
};

std::vector<std::string> encode(const Pairs& pairs, std::string_view piece,
                                BytePairEncoder::Options options = {}) {
  const TokenTable table(pairs.spellings);
  const auto encoder = BytePairEncoder::create(table, pairs.merges, options);
  BytePairEncoder::Workspace workspace;
  std::vector<TokenId> tokens;
  encoder->encode(piece, workspace, tokens);
  std::vector<std::string> texts;
  for (const TokenId token : tokens) texts.emplace_back(table.bytes_of(token));
  return texts;
}

std::string failure_of(const Pairs& pairs) {
  const TokenTable table(pairs.spellings);
  const auto encoder = BytePairEncoder::create(table, pairs.merges, {});
  return encoder ? "" : encoder.error().message;
}

TEST(BytePairEncoder, DoesTheBestMergeFirst) {
  EXPECT_THAT(encode(Pairs().merge("b", "c").merge("a", "b"), "abc"), ElementsAre("a", "bc"));
  EXPECT_THAT(encode(Pairs().merge("a", "b").merge("b", "c"), "abc"), ElementsAre("ab", "c"));
}

TEST(BytePairEncoder, DoesTheLeftmostOfEqualMergesFirst) {
  EXPECT_THAT(encode(Pairs().merge("a", "a"), "aaaaa"), ElementsAre("aa", "aa", "a"));
}

TEST(BytePairEncoder, MergesWhatMergesMade) {
  const Pairs pairs = Pairs().merge("a", "b").merge("ab", "ab").merge("abab", "c");
  EXPECT_THAT(encode(pairs, "ababc"), ElementsAre("ababc"));
  EXPECT_THAT(encode(pairs, "abababab"), ElementsAre("abab", "abab"));
}

TEST(BytePairEncoder, ReachesAWholeTokenOnlyByMergesUnlessItIsPreferred) {
  const Pairs pairs = Pairs().merge("b", "c").token("abc");
  EXPECT_THAT(encode(pairs, "abc"), ElementsAre("a", "bc"));
  EXPECT_THAT(encode(pairs, "abc", {.prefers_whole_tokens = true}), ElementsAre("abc"));
  EXPECT_THAT(encode(pairs, "abcx", {.prefers_whole_tokens = true}), ElementsAre("a", "bc", "x"));
}

TEST(BytePairEncoder, PutsOneSubstituteForAByteThatHasNoToken) {
  EXPECT_THAT(encode(Pairs("ab\x1A?"), "axb"), ElementsAre("a", "\x1A", "b"));
  EXPECT_THAT(encode(Pairs("ab?"), "axb"), ElementsAre("a", "?", "b"));
}

TEST(BytePairEncoder, RefusesWhatDoesNotFitTogether) {
  EXPECT_THAT(failure_of(Pairs("ab")), HasSubstr("no tokens for single bytes"));
  Pairs no_pair;
  no_pair.merges = {"ab"};
  EXPECT_THAT(failure_of(no_pair), HasSubstr("\"ab\", is not a pair"));
  Pairs not_made;
  not_made.merges = {"a b"};
  EXPECT_THAT(failure_of(not_made), HasSubstr("Merge 0 of the vocabulary, \"a b\", makes"));
  Pairs not_joined;
  not_joined.merges = {"ab c"};
  EXPECT_THAT(failure_of(not_joined.token("abc")),
              HasSubstr("joins something that is not a token"));
  Pairs not_alphabet;
  not_alphabet.merges = {"a 語"};
  EXPECT_THAT(failure_of(not_alphabet), HasSubstr("not written in the byte alphabet"));
}

/// The definition, word by word: search all pairs, merge the best, start again.
std::vector<std::string> encode_slowly(const Pairs& pairs, std::string_view piece) {
  std::vector<std::string> symbols;
  for (const char byte : piece) symbols.emplace_back(1, byte);
  for (;;) {
    std::size_t best_rank = pairs.merges.size();
    std::size_t best_position = 0;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const std::string pair =
          to_byte_alphabet(symbols[i]) + " " + to_byte_alphabet(symbols[i + 1]);
      for (std::size_t rank = 0; rank < best_rank; ++rank) {
        if (pairs.merges[rank] != pair) continue;
        best_rank = rank;
        best_position = i;
      }
    }
    if (best_rank == pairs.merges.size()) return symbols;
    symbols[best_position] += symbols[best_position + 1];
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best_position) + 1);
  }
}

TEST(BytePairEncoder, AgreesWithTheDefinitionOnRandomMergesAndPieces) {
  test::Random random(7);
  for (int round = 0; round < 200; ++round) {
    Pairs pairs;
    std::vector<std::string> parts = {"a", "b", "c"};
    for (int i = 0; i < 12; ++i) {
      const std::string left = parts[random.below(parts.size())];
      const std::string right = parts[random.below(parts.size())];
      pairs.merge(left, right);
      parts.push_back(left + right);
    }
    for (int i = 0; i < 20; ++i) {
      std::string piece;
      for (std::uint64_t length = random.below(30); piece.size() < length;) {
        piece += static_cast<char>('a' + random.below(3));
      }
      ASSERT_EQ(encode(pairs, piece), encode_slowly(pairs, piece)) << piece;
    }
  }
}

}  // namespace
}  // namespace nextline
