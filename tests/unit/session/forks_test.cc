#include "engine/session/forks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace nextline {
namespace {

/// A token that was chosen, with its probability, and others that were not.
struct Place {
  TokenId token;
  double probability;
  std::vector<std::pair<TokenId, double>> others;
};

Completion completion_of(const std::vector<Place>& places) {
  Completion completion;
  for (const Place& place : places) {
    completion.token_ids.push_back(place.token);
    TokenLikelihood likelihood{.log_probability = static_cast<float>(std::log(place.probability))};
    for (const auto& [token, probability] : place.others) {
      likelihood.alternatives.push_back({token, static_cast<float>(std::log(probability))});
    }
    completion.likelihoods.push_back(likelihood);
  }
  return completion;
}

void expect_next(Forks& forks, const std::vector<TokenId>& tokens, double probability) {
  const auto fork = forks.take_likeliest();
  ASSERT_TRUE(fork);
  EXPECT_EQ(fork->tokens, tokens);
  EXPECT_NEAR(std::exp(fork->log_probability), probability, 1e-6);
}

TEST(Forks, AreTakenInTheOrderOfTheProbabilityOfAllTheirTokens) {
  Forks forks;
  forks.add(completion_of({{1, 0.5, {{11, 0.1}, {12, 0.05}}},  //
                           {2, 0.6, {{21, 0.4}}},
                           {3, 0.9, {{31, 0.01}}}}));
  expect_next(forks, {1, 21}, 0.2);
  expect_next(forks, {11}, 0.1);
  expect_next(forks, {12}, 0.05);
  expect_next(forks, {1, 2, 31}, 0.003);
  EXPECT_FALSE(forks.take_likeliest());
}

TEST(Forks, OfAForkedCompletionJoinThoseThatWait) {
  Forks forks;
  forks.add(completion_of({{1, 0.5, {{11, 0.4}}}, {2, 0.9, {{21, 0.1}}}}));
  expect_next(forks, {11}, 0.4);
  // Where tokens are forced, a completion tells no alternatives.
  forks.add(completion_of({{11, 0.4, {}}, {5, 0.5, {{51, 0.3}}}}));
  expect_next(forks, {11, 51}, 0.12);
  expect_next(forks, {1, 21}, 0.05);
  EXPECT_FALSE(forks.take_likeliest());
}

TEST(Forks, OfEqualsTheFirstOneIsTaken) {
  Forks forks;
  forks.add(completion_of({{1, 1.0, {{11, 0.25}, {12, 0.25}}}, {2, 1.0, {{21, 0.25}}}}));
  expect_next(forks, {11}, 0.25);
  expect_next(forks, {12}, 0.25);
  expect_next(forks, {1, 21}, 0.25);
}

TEST(Forks, ACompletionWithoutTokensHasNone) {
  Forks forks;
  forks.add({});
  EXPECT_FALSE(forks.take_likeliest());
}

}  // namespace
}  // namespace nextline
