#include "lsp/completion/confidence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "lsp/completion/suggestion.h"

namespace nextline::lsp {
namespace {

/// A completion of tokens that spell these texts, each with its probability among what was allowed.
Completion spelled(const std::vector<std::pair<std::string, double>>& tokens) {
  Completion completion;
  for (const auto& [text, probability] : tokens) {
    completion.text += text;
    completion.likelihoods.push_back({.log_probability = static_cast<float>(std::log(probability)),
                                      .text_size = completion.text.size()});
  }
  return completion;
}

TEST(Confidence, IsTheProbabilityOfAllTokensTogether) {
  EXPECT_NEAR(confidence_of(spelled({{"re", 0.5}, {"turn", 0.25}})), 0.125, 1e-6);
  EXPECT_NEAR(confidence_of(spelled({{"x", 0.3}})), 0.3, 1e-6);
}

TEST(Confidence, IsThatOfTheFirstLine) {
  const Completion block = spelled({{"if x:", 0.5}, {"\n", 0.1}, {"  y()", 0.01}});
  EXPECT_EQ(first_line_of(block).size(), 1U);
  EXPECT_NEAR(confidence_of(block), 0.5, 1e-6);
  // A token that spells the line's end and the break belongs to it.
  EXPECT_EQ(first_line_of(spelled({{"f(", 0.5}, {")\n", 0.5}, {"g", 0.1}})).size(), 2U);
  // Blank lines before it do, too.
  EXPECT_EQ(first_line_of(spelled({{"\n", 0.5}, {"f()", 0.5}, {"\n", 0.1}})).size(), 2U);
}

TEST(Confidence, TheTokenThatEndsTheCompletionDoesNotCount) {
  Completion completion = spelled({{"f()", 0.5}, {"\n", 0.01}});
  completion.text = "f()";
  EXPECT_NEAR(confidence_of(completion), 0.5, 1e-6);
}

TEST(Confidence, WhatHadToBeSpelledDoesNotLowerIt) {
  Completion completion = spelled({{"", 0.01}, {"turn", 0.9}});
  completion.likelihoods[0].log_allowed = std::log(0.01F);
  EXPECT_NEAR(confidence_of(completion), 0.9, 1e-6);
}

TEST(Confidence, OfNothingThereIsNoDoubt) {
  EXPECT_EQ(confidence_of({}), 1.0);
  EXPECT_EQ(confidence_of(spelled({{"", 0.5}})), 1.0);
}

TEST(Confidence, WhereNothingAllowedHasAProbabilityTheTokenTellsNothing) {
  constexpr float kNever = -std::numeric_limits<float>::infinity();
  Completion completion = spelled({{"a", 0.5}, {"b", 0.5}});
  completion.likelihoods[0].log_probability = kNever;
  completion.likelihoods[0].log_allowed = kNever;
  EXPECT_NEAR(log_probability_of(completion.likelihoods), std::log(0.5), 1e-6);
}

TEST(Confidence, AUserIsToldHowSureTheModelWas) {
  EXPECT_EQ(sentence_of(Unconfident{0.124, 0.3}),
            "The model was only 12 % sure of what it said; where nobody asks, it must be 30 %.");
}

}  // namespace
}  // namespace nextline::lsp
