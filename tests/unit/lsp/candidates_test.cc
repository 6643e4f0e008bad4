#include "lsp/completion/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace nextline::lsp {
namespace {

using ::testing::ElementsAre;

/// A model that says one letter a token: behind each text a letter, and others that it might.
class CandidatesTest : public ::testing::Test {
 protected:
  struct Letter {
    char letter;
    double probability;
    std::vector<std::pair<char, double>> others = {};
  };

  Completion complete(const Detour& detour) {
    Completion completion;
    if (++completions_ >= cancelled_from_) completion.finish_reason = FinishReason::kCancelled;
    const auto add = [&](char letter, TokenLikelihood likelihood) {
      completion.text += letter;
      completion.token_ids.push_back(letter);
      likelihood.text_size = completion.text.size();
      completion.likelihoods.push_back(likelihood);
    };
    for (const TokenId token : detour.forced) {
      const auto letter = static_cast<char>(token);
      add(letter, {.log_probability = log_probability_of_letter(completion.text, letter)});
    }
    for (auto next = says_.find(completion.text); next != says_.end();
         next = says_.find(completion.text)) {
      const Letter said = next->second;
      TokenLikelihood likelihood{.log_probability = logarithm(said.probability)};
      for (const auto& [letter, probability] : said.others) {
        if (likelihood.alternatives.size() == detour.alternatives) break;
        likelihood.alternatives.push_back({letter, logarithm(probability)});
      }
      add(said.letter, likelihood);
    }
    return completion;
  }

  Result<std::vector<Suggestion>> find(std::size_t count, const std::string& behind = "") {
    return find_candidates(
        count, behind, [this](const Detour& detour) { return complete(detour); },
        [this](Completion completion) {
          Suggestion suggestion{.completion = std::move(completion)};
          suggestion.text = suggestion.completion.text;
          if (suggestion.text.ends_with('\n')) suggestion.text.pop_back();
          if (const auto taken = takes_up_.find(suggestion.text); taken != takes_up_.end()) {
            suggestion.replaced_behind = taken->second;
          }
          if (suggestion.text.ends_with('!')) suggestion.why_nothing = Unfit::kUnwanted;
          return suggestion;
        });
  }
  std::vector<std::string> texts(std::size_t count, const std::string& behind = "") {
    std::vector<std::string> texts;
    const auto found = find(count, behind);
    EXPECT_TRUE(found);
    for (const Suggestion& suggestion : *found) texts.push_back(suggestion.text);
    return texts;
  }

  static float logarithm(double probability) { return static_cast<float>(std::log(probability)); }

  std::map<std::string, Letter> says_;
  std::map<std::string, std::size_t> takes_up_;  // Of what is behind, by text.
  std::size_t completions_ = 0;
  std::size_t cancelled_from_ = 1000;  // The completion of this number is, and those behind it.

 private:
  float log_probability_of_letter(const std::string& before, char letter) const {
    for (const auto& [other, probability] : says_.at(before).others) {
      if (other == letter) return logarithm(probability);
    }
    return logarithm(says_.at(before).probability);
  }
};

TEST_F(CandidatesTest, AreForkedOffWhereWhatWasNotChosenIsLikeliest) {
  says_ = {{"", {'a', 0.6, {{'x', 0.1}}}}, {"a", {'b', 0.5, {{'y', 0.4}}}}, {"x", {'z', 0.9}}};
  EXPECT_THAT(texts(3), ElementsAre("ab", "ay", "xz"));
  EXPECT_EQ(completions_, 3U);
}

TEST_F(CandidatesTest, BehindTheFirstOneTheLikelierLinesComeFirst) {
  // What begins with "x" may be likelier than "ay", but what the model makes of it is not.
  says_ = {{"", {'a', 0.55, {{'x', 0.3}}}}, {"a", {'b', 0.5, {{'y', 0.45}}}}, {"x", {'z', 0.1}}};
  EXPECT_THAT(texts(3), ElementsAre("ab", "ay", "xz"));
}

TEST_F(CandidatesTest, OneIsMadeWhereOneIsWanted) {
  says_ = {{"", {'a', 0.6, {{'x', 0.1}}}}};
  EXPECT_THAT(texts(1), ElementsAre("a"));
  EXPECT_THAT(texts(0), ElementsAre("a"));
  EXPECT_EQ(completions_, 2U);
}

TEST_F(CandidatesTest, ThereAreAsManyAsTheModelHasWays) {
  says_ = {{"", {'a', 0.6, {{'x', 0.1}}}}};
  EXPECT_THAT(texts(9), ElementsAre("a", "x"));
}

TEST_F(CandidatesTest, NoTwoLeadToTheSameText) {
  says_ = {{"", {'a', 0.6, {{'x', 0.1}}}}, {"a", {'\n', 0.6, {{')', 0.4}}}}};
  EXPECT_THAT(texts(3), ElementsAre("a", "a)", "x"));
  // With the bracket that stands behind already, it is the first one once more.
  takes_up_ = {{"a)", 1}};
  EXPECT_THAT(texts(3, ")\n"), ElementsAre("a", "x"));
}

TEST_F(CandidatesTest, WhatComesToNothingIsTriedAFewTimes) {
  for (const char* before : {"", "a", "aa", "aaa", "aaaa", "aaaaa", "aaaaaa"}) {
    says_[before] = {'a', 0.6, {{'!', 0.3}}};
  }
  EXPECT_THAT(texts(3), ElementsAre("aaaaaaa"));
  EXPECT_EQ(completions_, 5U);
}

TEST_F(CandidatesTest, WhereWhatTheModelSaysByItselfDoesNotFitTheOthersAreLeft) {
  says_ = {{"", {'!', 0.6, {{'a', 0.2}, {'b', 0.1}}}}};
  EXPECT_THAT(texts(3), ElementsAre("a", "b"));
}

TEST_F(CandidatesTest, WhereNothingFitsItIsSaidWhy) {
  says_ = {{"", {'!', 0.6}}};
  const auto found = find(3).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].why_nothing, WhyNothing(Unfit::kUnwanted));
}

TEST_F(CandidatesTest, OneThatIsCutShortIsShownOnlyIfItIsTheFirst) {
  says_ = {{"", {'a', 0.6, {{'x', 0.1}}}}};
  cancelled_from_ = 2;
  EXPECT_THAT(texts(3), ElementsAre("a"));
  EXPECT_EQ(completions_, 2U);
  cancelled_from_ = 1;
  EXPECT_THAT(texts(3), ElementsAre("a"));
  EXPECT_EQ(completions_, 3U);
}

TEST_F(CandidatesTest, AFailureIsTheirs) {
  const auto found = find_candidates(
      3, "", [](const Detour&) -> Result<Completion> { return failure("The memory is full."); },
      [](const Completion&) { return Suggestion{}; });
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "The memory is full.");
}

}  // namespace
}  // namespace nextline::lsp
