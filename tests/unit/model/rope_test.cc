#include "engine/model/rope.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace nextline {
namespace {

RopeParameters parameters(RopePairing pairing, std::uint32_t dimensions = 8) {
  RopeParameters p;
  p.pairing = pairing;
  p.dimensions = dimensions;
  p.base = 10000.0;
  return p;
}

std::vector<float> rotated(const RopeTable& table, std::vector<float> head,
                           std::uint32_t position) {
  table.rotate(head, position);
  return head;
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

const std::vector<float> kQuery = {0.3F, -1.2F, 0.7F, 2.0F, -0.4F, 0.9F, 1.1F, -0.8F};
const std::vector<float> kKey = {1.0F, 0.5F, -0.6F, 0.2F, 1.4F, -0.3F, 0.8F, 0.1F};

class RopePairingTest : public ::testing::TestWithParam<RopePairing> {};

/// What the whole cache rests on: a score depends on the distance alone.
TEST_P(RopePairingTest, ScoresDependOnTheDistanceAlone) {
  RopeTable table(parameters(GetParam()));
  table.reserve(3000);
  const double near = dot(rotated(table, kQuery, 17), rotated(table, kKey, 5));
  const double far = dot(rotated(table, kQuery, 2912), rotated(table, kKey, 2900));
  EXPECT_NEAR(near, far, 1e-5);
  EXPECT_GT(std::abs(near - dot(kQuery, kKey)), 0.1);
}

TEST_P(RopePairingTest, PositionZeroTurnsNothing) {
  RopeTable table(parameters(GetParam()));
  table.reserve(1);
  EXPECT_EQ(rotated(table, kQuery, 0), kQuery);
}

TEST_P(RopePairingTest, DimensionsBeyondTheTurnedOnesStay) {
  RopeTable table(parameters(GetParam(), 4));
  table.reserve(10);
  const std::vector<float> turned = rotated(table, kQuery, 9);
  EXPECT_NE(turned[0], kQuery[0]);
  EXPECT_TRUE(std::equal(turned.begin() + 4, turned.end(), kQuery.begin() + 4));
}

TEST_P(RopePairingTest, TurningOnOrBackLeadsToTheOtherPosition) {
  RopeParameters scaled = parameters(GetParam(), 6);
  scaled.scaling = RopeScaling::kYarn;  // Its magnitude factor must come in once.
  scaled.factor = 8.0;
  scaled.original_context_length = 64;
  RopeTable table(scaled);
  table.reserve(3000);
  const std::vector<float> here = rotated(table, kKey, 70);
  for (const std::uint32_t there : {0U, 3U, 70U, 71U, 2900U}) {
    std::vector<float> turned = here;
    table.turn(turned, static_cast<std::int32_t>(there) - 70);
    const std::vector<float> expected = rotated(table, kKey, there);
    for (std::size_t i = 0; i < turned.size(); ++i) EXPECT_NEAR(turned[i], expected[i], 2e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(Both, RopePairingTest,
                         ::testing::Values(RopePairing::kAdjacent, RopePairing::kHalves));

TEST(Rope, PairsAsTheArchitectureSays) {
  RopeTable adjacent(parameters(RopePairing::kAdjacent));
  RopeTable halves(parameters(RopePairing::kHalves));
  adjacent.reserve(2);
  halves.reserve(2);
  const std::vector<float> unit = {1, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_FLOAT_EQ(rotated(adjacent, unit, 1)[1], std::sin(1.0F));
  EXPECT_FLOAT_EQ(rotated(halves, unit, 1)[4], std::sin(1.0F));
}

TEST(Rope, GrowingTheTableChangesNoAngle) {
  RopeTable grown(parameters(RopePairing::kHalves));
  for (std::uint32_t count = 1; count <= 100; ++count) grown.reserve(count);
  RopeTable whole(parameters(RopePairing::kHalves));
  whole.reserve(100);
  for (std::uint32_t position = 0; position < 100; ++position) {
    EXPECT_EQ(rotated(grown, kQuery, position), rotated(whole, kQuery, position));
  }
}

TEST(Rope, LinearScalingDividesPositions) {
  RopeParameters scaled = parameters(RopePairing::kHalves);
  scaled.scaling = RopeScaling::kLinear;
  scaled.factor = 4.0;
  RopeTable table(scaled);
  RopeTable plain(parameters(RopePairing::kHalves));
  table.reserve(41);
  plain.reserve(11);
  EXPECT_EQ(rotated(table, kQuery, 40), rotated(plain, kQuery, 10));
}

TEST(Rope, FrequencyFactorsDivideFrequencies) {
  RopeParameters scaled = parameters(RopePairing::kHalves);
  scaled.frequency_factors = {1.0F, 2.0F, 1.0F, 1.0F};
  RopeTable table(scaled);
  table.reserve(9);
  EXPECT_FLOAT_EQ(table.cosines(8)[0], static_cast<float>(std::cos(8.0)));
  EXPECT_FLOAT_EQ(table.cosines(8)[1], static_cast<float>(std::cos(8.0 * 0.1 / 2.0)));
}

TEST(Rope, YarnKeepsFastPairsInterpolatesSlowOnesAndScalesOnce) {
  RopeParameters scaled = parameters(RopePairing::kHalves, 64);
  scaled.scaling = RopeScaling::kYarn;
  scaled.factor = 8.0;
  scaled.original_context_length = 4096;
  RopeTable table(scaled);
  table.reserve(2);
  const double magnitude = 1.0 + 0.1 * std::log(8.0);
  EXPECT_NEAR(table.sines(1)[0], std::sin(1.0) * magnitude, 1e-6);
  const double slowest = std::pow(10000.0, -62.0 / 64.0) / 8.0;
  EXPECT_NEAR(table.sines(1)[31], std::sin(slowest) * magnitude, 1e-9);
}

}  // namespace
}  // namespace nextline
