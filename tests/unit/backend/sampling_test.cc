#include "engine/backend/sampling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "engine/backend/sampling_arithmetic.h"
#include "tests/support/random.h"

namespace nextline {
namespace {

constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> random_logits(std::size_t count, std::uint64_t seed) {
  test::Random random{seed};
  std::vector<float> logits(count);
  for (float& logit : logits) logit = 4.0F * random.normal();
  return logits;
}

/// Probabilities at a temperature, in double.
std::vector<double> softmax(const std::vector<float>& logits, double temperature) {
  const double highest = *std::ranges::max_element(logits);
  std::vector<double> probabilities;
  double sum = 0;
  for (const float logit : logits) {
    probabilities.push_back(std::exp((logit - highest) / temperature));
    sum += probabilities.back();
  }
  for (double& probability : probabilities) probability /= sum;
  return probabilities;
}

std::map<TokenId, int> drawn(const std::vector<float>& logits, const Sampling& sampling,
                             Position positions) {
  std::map<TokenId, int> counts;
  for (Position position = 0; position < positions; ++position) {
    ++counts[choose(logits, sampling, position)];
  }
  return counts;
}

TEST(Sampling, WithoutATemperatureTheMostLikelyTokenIsTaken) {
  EXPECT_EQ(choose(std::vector{1.0F, 3.0F, 2.0F}, {}, 7), 1);
  EXPECT_EQ(choose(std::vector{1.0F, 3.0F, 3.0F, 2.0F}, {}, 7), 1);
  EXPECT_EQ(choose(std::vector{-kInfinity, -1e30F}, {}, 7), 1);
  EXPECT_EQ(choose(std::vector{kNotANumber, 1.0F, kNotANumber, 2.0F}, {}, 7), 3);
  EXPECT_EQ(choose(std::vector{kNotANumber, kNotANumber}, {}, 7), 0);
}

TEST(Sampling, WhatIsNoNumberIsNeverDrawn) {
  const Sampling sampling{.temperature = 1.0F, .seed = 5};
  const auto counts = drawn({kNotANumber, 1.0F, -kInfinity, 1.0F}, sampling, 200);
  EXPECT_EQ(counts.size(), 2U);
  EXPECT_GT(counts.at(1), 50);
  EXPECT_GT(counts.at(3), 50);
  EXPECT_EQ(choose(std::vector{kNotANumber, kNotANumber}, sampling, 0), 0);
  EXPECT_EQ(choose(std::vector{1.0F, kInfinity}, sampling, 0), 1);
}

TEST(Sampling, ARandomNumberIsPhiloxsOfThePosition) {
  // Known answers of Random123 for philox4x32 in ten rounds: counter and key all zero, and all
  // ones.
  EXPECT_EQ(sampling::random_bits(0, 0), 0xe169c58d6627e8d5U);
  EXPECT_NE(sampling::random_bits(0, 1), sampling::random_bits(1, 0));
}

TEST(Sampling, WeightsArePowersOfTwo) {
  for (std::uint64_t distance = 0; distance < sampling::kNoWeight; distance += 1234567) {
    const double expected = std::exp2(40.0 - std::ldexp(static_cast<double>(distance), -26));
    const auto weight = static_cast<double>(sampling::weight(static_cast<std::uint32_t>(distance)));
    EXPECT_NEAR(weight, expected, 2e-9 * expected + 1.0) << distance;
  }
  EXPECT_EQ(sampling::weight(0), std::uint64_t{1} << 40);
  EXPECT_EQ(sampling::weight(sampling::kNoWeight), 0U);
}

TEST(Sampling, TheUpperHalfOfAProductIsExact) {
  test::Random random{3};
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t a = random.next() >> random.below(64);
    const std::uint64_t b = random.next() >> random.below(64);
    __extension__ using Wide = unsigned __int128;
    EXPECT_EQ(sampling::multiply_high(a, b), static_cast<std::uint64_t>(Wide{a} * b >> 64));
  }
}

TEST(Sampling, TokensAreDrawnAsOftenAsTheyAreLikely) {
  const std::vector<float> logits = random_logits(40, 1);
  for (const float temperature : {0.5F, 1.0F, 2.0F}) {
    const auto probabilities = softmax(logits, temperature);
    constexpr Position kDraws = 40000;
    const auto counts = drawn(logits, {temperature, 1.0F, 17}, kDraws);
    for (std::size_t token = 0; token < logits.size(); ++token) {
      const auto found = counts.find(static_cast<TokenId>(token));
      const double count = found == counts.end() ? 0 : found->second;
      const double expected = probabilities[token] * kDraws;
      EXPECT_NEAR(count, expected, 5.0 * std::sqrt(expected) + 1.0)
          << "token " << token << " at " << temperature;
    }
  }
}

TEST(Sampling, TopPKeepsTheFewestOfTheMostLikelyTokensThatReachIt) {
  const std::vector<float> logits = random_logits(30, 2);
  const auto probabilities = softmax(logits, 0.8);
  std::vector<std::size_t> order(logits.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](auto a, auto b) { return logits[a] > logits[b]; });
  for (const float top_p : {0.01F, 0.3F, 0.9F, 0.99F}) {
    double sum = 0;
    std::size_t size = 0;
    while (sum < top_p) sum += probabilities[order[size++]];
    const auto counts = drawn(logits, {0.8F, top_p, 3}, 20000);
    for (const auto& [token, count] : counts) {
      const auto rank = std::ranges::find(order, static_cast<std::size_t>(token)) - order.begin();
      EXPECT_LT(static_cast<std::size_t>(rank), size) << top_p;
      const double expected = probabilities[static_cast<std::size_t>(token)] / sum * 20000;
      EXPECT_NEAR(count, expected, 5.0 * std::sqrt(expected) + 1.0);
    }
    EXPECT_EQ(counts.count(static_cast<TokenId>(order[0])), 1U);
    EXPECT_EQ(counts.count(static_cast<TokenId>(order[1])), size > 1 ? 1U : 0U);
  }
}

TEST(Sampling, TokensAsLikelyAsTheLastOfANucleusBelongToIt) {
  const std::vector<float> logits = {2.0F, 2.0F, 2.0F, 1.0F};
  const auto counts = drawn(logits, {1.0F, 0.1F, 3}, 300);
  EXPECT_EQ(counts.size(), 3U);
  EXPECT_EQ(counts.count(3), 0U);
}

TEST(Sampling, AColdTemperatureTakesTheMostLikelyToken) {
  const std::vector<float> logits = random_logits(500, 4);
  const TokenId best = choose(logits, {}, 0);
  for (const float temperature : {1e-6F, 1e-44F}) {
    for (Position position = 0; position < 20; ++position) {
      EXPECT_EQ(choose(logits, {temperature, 1.0F, 9}, position), best);
    }
  }
}

TEST(Sampling, ADrawFollowsFromSeedAndPosition) {
  const std::vector<float> logits(1000, 0.0F);
  const Sampling sampling{1.0F, 1.0F, 11};
  EXPECT_EQ(choose(logits, sampling, 4), choose(logits, sampling, 4));
  EXPECT_NE(choose(logits, sampling, 4), choose(logits, sampling, 5));
  EXPECT_NE(choose(logits, sampling, 4), choose(logits, {1.0F, 1.0F, 12}, 4));
}

}  // namespace
}  // namespace nextline
