#include "lsp/statistics/statistics.h"

#include <gtest/gtest.h>

#include <string>

namespace nextline::lsp {
namespace {

using namespace std::chrono_literals;

constexpr Day kMonday = 2026y / 11 / 23;
constexpr Day kTuesday = 2026y / 11 / 24;

TEST(SuggestionCounts, EachHasAName) {
  SuggestionCounts one_each;
  for (const NamedCount& named : kNamedCounts) one_each.*named.count = 1;
  EXPECT_EQ(sizeof(SuggestionCounts), kNamedCounts.size() * sizeof(std::uint64_t));
  SuggestionCounts two_each = one_each;
  two_each += one_each;
  EXPECT_EQ(two_each.asked, 2U);
  EXPECT_EQ(two_each.gone, 2U);
}

TEST(Statistics, AddsByDayAndLanguage) {
  Statistics statistics;
  statistics.add(kMonday, "python", {.asked = 2});
  statistics.add(kMonday, "python", {.asked = 3, .answered = 1});
  statistics.add(kMonday, "cpp", {.asked = 5});
  statistics.add(kTuesday, "python", {.asked = 7});
  EXPECT_EQ(statistics.between(kMonday, kMonday),
            (CountsByLanguage{{"cpp", {.asked = 5}}, {"python", {.asked = 5, .answered = 1}}}));
  EXPECT_EQ(statistics.between(kMonday, kTuesday).at("python").asked, 12U);
}

TEST(Statistics, OfTwoProcessesAddUp) {
  Statistics one;
  one.add(kMonday, "python", {.shown = 1});
  Statistics other;
  other.add(kMonday, "python", {.shown = 2});
  other.add(kTuesday, "java", {.shown = 4});
  one.add(other);
  EXPECT_EQ(one.between(kMonday, kTuesday),
            (CountsByLanguage{{"java", {.shown = 4}}, {"python", {.shown = 3}}}));
}

TEST(Statistics, ForgetTheDaysBeforeOne) {
  Statistics statistics;
  statistics.add(kMonday, "python", {.asked = 1});
  statistics.add(kTuesday, "python", {.asked = 1});
  statistics.forget_before(kTuesday);
  ASSERT_EQ(statistics.days().size(), 1U);
  EXPECT_TRUE(statistics.days().contains(kTuesday));
}

TEST(Statistics, TooManyLanguagesAreOther) {
  Statistics statistics;
  for (int number = 0; number < 1000; ++number) {
    statistics.add(kMonday, "language" + std::to_string(number), {.asked = 1});
  }
  const CountsByLanguage sums = statistics.between(kMonday, kMonday);
  EXPECT_EQ(sums.size(), Statistics::kMostLanguages + 1);
  EXPECT_EQ(sums.at("other").asked, 1000 - Statistics::kMostLanguages);
}

TEST(Statistics, TooManyLanguagesAreTheSameOnesWhenTheyAreReadAgain) {
  Statistics statistics;
  for (std::size_t number = 1; number < Statistics::kMostLanguages; ++number) {
    statistics.add(kMonday, "language" + std::to_string(number), {.asked = 1});
  }
  // The last that has a place stands behind "other" in the alphabet.
  statistics.add(kMonday, "zig", {.asked = 1});
  statistics.add(kMonday, "zsh", {.asked = 1});
  ASSERT_EQ(statistics.between(kMonday, kMonday).at("other").asked, 1U);
  Statistics again;
  again.add(statistics);
  EXPECT_EQ(again, statistics);
}

TEST(LanguageInStatistics, IsNamedAsEditorsDo) {
  EXPECT_EQ(language_in_statistics("python"), "python");
  EXPECT_EQ(language_in_statistics("Objective-C"), "objective-c");
  EXPECT_EQ(language_in_statistics("c++"), "c++");
}

TEST(LanguageInStatistics, IsNeverAText) {
  for (const std::string& text :
       {std::string(), std::string("the password is 1"), std::string("a/b"), std::string("größe"),
        std::string(1 << 20, 'a'), std::string("a\0b", 3)}) {
    EXPECT_EQ(language_in_statistics(text), "other");
  }
}

}  // namespace
}  // namespace nextline::lsp
