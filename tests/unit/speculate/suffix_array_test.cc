#include "engine/speculate/suffix_array.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/support/random.h"

namespace nextline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Text = std::vector<std::int32_t>;

/// The slow twin: sorts the suffixes by comparing them.
std::vector<std::uint32_t> sorted_suffixes(const Text& text) {
  std::vector<std::uint32_t> suffixes(text.size());
  std::iota(suffixes.begin(), suffixes.end(), 0U);
  std::ranges::sort(suffixes, [&](std::uint32_t a, std::uint32_t b) {
    return std::ranges::lexicographical_compare(std::span(text).subspan(a),
                                                std::span(text).subspan(b));
  });
  return suffixes;
}

std::vector<std::uint8_t> compared_prefixes(const Text& text,
                                            const std::vector<std::uint32_t>& suffixes) {
  std::vector<std::uint8_t> prefixes(text.size());
  for (std::size_t i = 1; i < suffixes.size(); ++i) {
    const auto a = std::span(text).subspan(suffixes[i - 1]);
    const auto b = std::span(text).subspan(suffixes[i]);
    const auto length = std::ranges::mismatch(a, b).in1 - a.begin();
    prefixes[i] = static_cast<std::uint8_t>(std::min<std::ptrdiff_t>(length, 255));
  }
  return prefixes;
}

void expect_same_as_slow_twin(const Text& text) {
  const auto suffixes = suffix_array(text);
  ASSERT_EQ(suffixes, sorted_suffixes(text)) << ::testing::PrintToString(text);
  ASSERT_EQ(common_prefixes(text, suffixes), compared_prefixes(text, suffixes));
}

Text random_text(test::Random& random, std::size_t length, std::uint64_t symbols,
                 std::int32_t first) {
  Text text(length);
  for (std::int32_t& symbol : text) {
    symbol = first + static_cast<std::int32_t>(random.below(symbols));
  }
  return text;
}

TEST(SuffixArray, OfAWordIsAsOnPaper) {
  const std::string word = "mississippi";
  const Text text(word.begin(), word.end());
  const auto suffixes = suffix_array(text);
  EXPECT_THAT(suffixes, ElementsAre(10, 7, 4, 1, 0, 9, 8, 6, 3, 5, 2));
  EXPECT_THAT(common_prefixes(text, suffixes), ElementsAre(0, 1, 1, 4, 0, 0, 1, 0, 2, 1, 3));
}

TEST(SuffixArray, OfNothingIsEmpty) {
  EXPECT_THAT(suffix_array({}), IsEmpty());
  EXPECT_THAT(common_prefixes({}, {}), IsEmpty());
}

TEST(SuffixArray, OfAllShortTextsIsAsTheSlowTwins) {
  for (std::size_t length = 1; length <= 7; ++length) {
    const auto texts = static_cast<std::size_t>(std::pow(3, length));
    for (std::size_t number = 0; number < texts; ++number) {
      Text text;
      for (std::size_t rest = number; text.size() < length; rest /= 3) {
        text.push_back(static_cast<std::int32_t>(rest % 3));
      }
      ASSERT_NO_FATAL_FAILURE(expect_same_as_slow_twin(text));
    }
  }
}

TEST(SuffixArray, OfRandomTextsIsAsTheSlowTwins) {
  test::Random random(1);
  for (int round = 0; round < 300; ++round) {
    for (const std::uint64_t symbols : {2, 5, 300, 151936}) {
      const auto first = static_cast<std::int32_t>(random.below(10)) - 5;
      ASSERT_NO_FATAL_FAILURE(
          expect_same_as_slow_twin(random_text(random, random.below(300), symbols, first)));
    }
  }
}

TEST(SuffixArray, OfTextsThatRepeatThemselvesIsAsTheSlowTwins) {
  test::Random random(2);
  for (int round = 0; round < 100; ++round) {
    Text text = random_text(random, 20, 4, 0);
    while (text.size() < 1000) {
      const std::size_t first = random.below(text.size());
      const std::size_t length = 1 + random.below(text.size() - first);
      const Text part(text.begin() + static_cast<std::ptrdiff_t>(first),
                      text.begin() + static_cast<std::ptrdiff_t>(first + length));
      text.insert(text.end(), part.begin(), part.end());
      text.push_back(static_cast<std::int32_t>(random.below(4)));
    }
    ASSERT_NO_FATAL_FAILURE(expect_same_as_slow_twin(text));
  }
}

TEST(SuffixArray, OfOneSymbolOnlyBeginsWithTheShortestSuffix) {
  const Text text(1000, 7);
  ASSERT_NO_FATAL_FAILURE(expect_same_as_slow_twin(text));
  EXPECT_EQ(suffix_array(text).front(), 999U);
  EXPECT_EQ(common_prefixes(text, suffix_array(text)).back(), 255);  // Not the 999 there are.
}

// The most repetitive texts without a period: the recursion goes as deep as it can.
TEST(SuffixArray, OfFibonacciWordsIsAsTheSlowTwins) {
  Text shorter = {0};
  Text word = {0, 1};
  while (word.size() < 3000) {
    Text longer = word;
    longer.insert(longer.end(), shorter.begin(), shorter.end());
    shorter = std::exchange(word, longer);
    ASSERT_NO_FATAL_FAILURE(expect_same_as_slow_twin(word));
  }
}

TEST(SuffixArray, TakesSymbolsFarApart) {
  constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kGreatest = std::numeric_limits<std::int32_t>::max();
  expect_same_as_slow_twin({kGreatest, kLeast, 0, -1, kGreatest, kLeast, 0, -1, kLeast, kLeast});
  test::Random random(3);
  Text text(500);
  for (int round = 0; round < 20; ++round) {
    for (auto& symbol : text) symbol = static_cast<std::int32_t>(random.next());
    for (std::size_t i = 250; i < 500; ++i) text[i] = text[random.below(250)];
    ASSERT_NO_FATAL_FAILURE(expect_same_as_slow_twin(text));
  }
}

}  // namespace
}  // namespace nextline
