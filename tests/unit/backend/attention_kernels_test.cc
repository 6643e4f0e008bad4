#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "engine/backend/cpu/attention.h"
#include "engine/backend/cpu/cpu_backend.h"
#include "engine/backend/cpu/kernels.h"
#include "engine/model/rope.h"
#include "tests/support/floats.h"
#include "tests/support/random.h"
#include "tests/support/stored_numbers.h"

namespace nextline::cpu {
namespace {

using test::expect_same_bits;
using test::random_floats;

constexpr double kEpsilon = 0x1p-23;  // Of float32.

struct Case {
  InstructionSet instruction_set;
  KvType type;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const InstructionSet instruction_set : supported_instruction_sets()) {
    for (const KvType type : test::kKvTypes) all.push_back({instruction_set, type});
  }
  return all;
}

/// A cache of one head, and attention over parts of it.
class AttentionKernelsTest : public ::testing::TestWithParam<Case> {
 protected:
  static constexpr std::uint32_t kSlots = 320;

  /// Fills the cache with random keys and values.
  void fill(std::uint32_t dimension) {
    dimension_ = dimension;
    keys_.resize(kSlots * dimension * bytes_of(type_));
    values_.resize(keys_.size());
    raw_keys_.clear();
    raw_values_.clear();
    for (std::uint32_t slot = 0; slot < kSlots; ++slot) {
      raw_keys_.push_back(random_floats(random_, dimension));
      raw_values_.push_back(random_floats(random_, dimension));
      store(slot);
    }
  }
  void store(std::uint32_t slot) {
    kernels_.of(type_).store_key(raw_keys_[slot].data(), dimension_, slot, keys_.data());
    kernels_.of(type_).store_value(raw_values_[slot].data(), dimension_, slot, values_.data());
  }
  float stored(float value) const { return test::rounded_to(type_, value); }
  std::vector<float> random_queries(std::size_t count) {
    return random_floats(random_, count * dimension_,
                         4 / std::sqrt(static_cast<float>(dimension_)));
  }

  struct Sum {
    std::vector<float> highest;
    std::vector<float> weights;
    std::vector<float> values;
    AttentionSum view() { return {highest.data(), weights.data(), values.data()}; }
  };

  /// What query i, of [lengths.size() × dimension], gathers from the first lengths[i] positions of
  /// the segments.
  Sum attend(const Kernels& kernels, const std::vector<float>& queries,
             const std::vector<std::uint32_t>& lengths, const std::vector<Segment>& segments) {
    const std::size_t count = lengths.size();
    std::vector<float> chunks(queries.size());
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t d = 0; d < dimension_; ++d) {
        chunks[d / 16 * count * 16 + i * 16 + d % 16] = queries[i * dimension_ + d];
      }
    }
    const auto query_count = static_cast<std::uint32_t>(count);
    const HeadCache cache{dimension_, keys_.data(), values_.data()};
    // What was there before must not matter.
    std::vector<float> scores(16 + count * kScoreStride, std::numeric_limits<float>::quiet_NaN());
    std::uint32_t position = 0;
    for (const Segment& segment : segments) {
      kernels.of(type_).score(cache, segment, {chunks.data(), count * 16, query_count},
                              scores.data() + 16 + position);
      position += segment.length;
    }
    Sum sum{std::vector<float>(count), std::vector<float>(count),
            std::vector<float>(count * dimension_)};
    kernels.of(type_).gather(cache, segments.data(), lengths.data(), query_count,
                             scores.data() + 16, sum.view());
    return sum;
  }
  std::vector<float> finish(Sum& sum) {
    std::vector<float> output(sum.values.size());
    kernels_.finish(dimension_, static_cast<std::uint32_t>(sum.highest.size()), sum.view(),
                    output.data());
    return output;
  }

  /// Softmax in double of what a query sees.
  std::vector<double> expected(const float* query, std::uint32_t length,
                               const std::vector<Segment>& segments) {
    std::vector<double> values(dimension_, 0.0);
    double total = 0;
    for (const Segment& segment : segments) {
      for (std::uint32_t i = 0; i < segment.length && length > 0; ++i, --length) {
        const std::uint32_t slot = segment.first_slot + i;
        double score = 0;
        for (std::uint32_t d = 0; d < dimension_; ++d) {
          score += double{query[d]} * stored(raw_keys_[slot][d]);
        }
        const double weight = std::exp2(score);
        total += weight;
        for (std::uint32_t d = 0; d < dimension_; ++d) {
          values[d] += weight * stored(raw_values_[slot][d]);
        }
      }
    }
    for (double& value : values) value /= total;
    return values;
  }

  void expect_same_sums(const Sum& a, const Sum& b) {
    expect_same_bits(a.highest, b.highest);
    expect_same_bits(a.weights, b.weights);
    expect_same_bits(a.values, b.values);
  }

  const KvType type_ = GetParam().type;
  const Kernels& kernels_ = kernels_of(GetParam().instruction_set);
  const Kernels& portable_ = kernels_of(InstructionSet::kPortable);
  test::Random random_{11};
  std::uint32_t dimension_ = 0;
  std::vector<std::byte> keys_;
  std::vector<std::byte> values_;
  std::vector<std::vector<float>> raw_keys_;
  std::vector<std::vector<float>> raw_values_;
};

INSTANTIATE_TEST_SUITE_P(InstructionSets, AttentionKernelsTest, ::testing::ValuesIn(cases()),
                         [](const auto& test_case) {
                           return std::string(name_of(test_case.param.instruction_set)) + "_" +
                                  std::string(name_of(test_case.param.type));
                         });

TEST_P(AttentionKernelsTest, NumbersAreStoredAsTheNearestOfTheirTypeWhateverTheyAre) {
  dimension_ = 16;
  for (int round = 0; round < 2000; ++round) {
    // All exponents, and fractions in the middle between two bfloat16 numbers or beside it.
    std::vector<float> vector(16);
    for (float& value : vector) {
      auto bits = static_cast<std::uint32_t>(random_.next());
      const auto beside = static_cast<std::uint32_t>(random_.below(6));
      if (beside < 3) bits = (bits & 0xFFFF'0000U) + 0x7FFF + beside;
      value = std::bit_cast<float>(bits);
    }
    keys_.assign(16 * 16 * bytes_of(type_), {});
    values_.assign(16 * bytes_of(type_), {});
    kernels_.of(type_).store_key(vector.data(), 16, 5, keys_.data());
    kernels_.of(type_).store_value(vector.data(), 16, 0, values_.data());
    for (std::size_t d = 0; d < 16; ++d) {
      const float expected = stored(vector[d]);
      const float key = test::number_at(type_, keys_.data(), d * 16 + 5);
      const float value = test::number_at(type_, values_.data(), d);
      ASSERT_EQ(std::bit_cast<std::uint32_t>(key), std::bit_cast<std::uint32_t>(expected));
      ASSERT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(expected));
    }
  }
}

TEST_P(AttentionKernelsTest, AgreesWithSoftmaxInDouble) {
  const std::vector<Segment> segments = {{5, 3}, {100, 1}, {33, 50}, {160, 16}};
  for (const std::uint32_t dimension : {16U, 48U, 64U, 80U, 128U}) {
    fill(dimension);
    for (const std::uint32_t count : {1U, 3U, 7U, 8U, 11U, 29U, 63U}) {
      const std::vector<float> queries = random_queries(count);
      const std::vector<std::uint32_t> lengths(count, 70);
      Sum sum = attend(kernels_, queries, lengths, segments);
      const std::vector<float> output = finish(sum);
      for (std::uint32_t query = 0; query < count; ++query) {
        const auto values = expected(queries.data() + query * dimension, 70, segments);
        for (std::uint32_t d = 0; d < dimension; ++d) {
          // Values are of order 1; scores of order 10, summed in steps of up to that size, carry
          // their rounding into the weights.
          EXPECT_NEAR(output[query * dimension + d], values[d], 200 * kEpsilon);
        }
      }
    }
  }
}

TEST_P(AttentionKernelsTest, DoesNotDependOnHowSlotsAreCutIntoSegmentsNorOnTheInstructionSet) {
  for (const std::uint32_t dimension : {48U, 64U, 80U}) {
    fill(dimension);
    const std::vector<float> queries = random_queries(30);
    const std::vector<std::uint32_t> lengths(30, 256);
    const Sum whole = attend(kernels_, queries, lengths, {{7, 256}});
    expect_same_sums(
        whole, attend(kernels_, queries, lengths, {{7, 1}, {8, 40}, {48, 16}, {64, 3}, {67, 196}}));
    expect_same_sums(whole, attend(portable_, queries, lengths, {{7, 256}}));
  }
}

TEST_P(AttentionKernelsTest, AQueryDependsNeitherOnTheOthersNorOnWhatItDoesNotSee) {
  fill(64);
  constexpr std::uint32_t kCount = 56;
  const std::vector<Segment> segments = {{3, 90}, {120, 166}};
  const std::vector<float> queries = random_queries(kCount);
  std::vector<std::uint32_t> lengths;
  for (std::uint32_t query = 0; query < kCount; ++query) lengths.push_back(1 + query * 255 / 55);
  const Sum together = attend(kernels_, queries, lengths, segments);
  for (std::uint32_t query = 0; query < kCount; ++query) {
    const auto begin = queries.begin() + query * 64;
    const Sum alone = attend(kernels_, {begin, begin + 64}, {lengths[query]}, segments);
    EXPECT_EQ(alone.highest[0], together.highest[query]);
    EXPECT_EQ(alone.weights[0], together.weights[query]);
    expect_same_bits(alone.values, {together.values.begin() + query * 64,
                                    together.values.begin() + (query + 1) * 64});
  }
  // What stands behind the first 40 positions is made infinite: times 0 it would be no number.
  for (std::uint32_t slot = 43; slot < kSlots; ++slot) {
    for (float& value : raw_values_[slot]) value = std::numeric_limits<float>::infinity();
    for (float& key : raw_keys_[slot]) key = std::numeric_limits<float>::quiet_NaN();
    store(slot);
  }
  const Sum unseen = attend(kernels_, queries, lengths, segments);
  for (std::uint32_t query = 0; lengths[query] <= 40; ++query) {
    EXPECT_EQ(unseen.weights[query], together.weights[query]);
    for (std::uint32_t d = 0; d < 64; ++d) {
      EXPECT_EQ(unseen.values[query * 64 + d], together.values[query * 64 + d]);
    }
  }
}

TEST_P(AttentionKernelsTest, WeightsArePowersOfTwo) {
  fill(16);
  // One query's scores are the first dimension of the keys: whole numbers and all between.
  std::vector<float> query(16, 0.0F);
  query[0] = 1.0F;
  for (std::uint32_t slot = 0; slot < kSlots; ++slot) {
    raw_keys_[slot].assign(16, 0.0F);
    raw_keys_[slot][0] = -0.59375F * static_cast<float>(slot);
    store(slot);
  }
  for (std::uint32_t length = 1; length <= 256; ++length) {
    const Sum sum = attend(kernels_, query, {length}, {{0, length}});
    double weights = 0;
    for (std::uint32_t slot = 0; slot < length; ++slot) {
      weights += std::exp2(double{stored(raw_keys_[slot][0])});
    }
    EXPECT_EQ(sum.highest[0], 0.0F);
    EXPECT_NEAR(sum.weights[0], weights, 4 * weights * kEpsilon);
    if (length == 1) {
      EXPECT_EQ(sum.weights[0], 1.0F);
    }
  }
}

TEST_P(AttentionKernelsTest, MergedBlocksAgreeWithOneBlock) {
  fill(48);
  constexpr std::uint32_t kCount = 19;
  const std::vector<float> queries = random_queries(kCount);
  const auto lengths = [](std::uint32_t length) {
    return std::vector<std::uint32_t>(kCount, length);
  };
  Sum whole = attend(kernels_, queries, lengths(200), {{0, 200}});
  Sum first = attend(kernels_, queries, lengths(120), {{0, 120}});
  Sum second = attend(kernels_, queries, lengths(80), {{120, 80}});
  Sum portable = first;
  kernels_.merge(dimension_, kCount, first.view(), second.view());
  portable_.merge(dimension_, kCount, portable.view(), second.view());
  expect_same_sums(first, portable);
  const std::vector<float> once = finish(whole);
  const std::vector<float> merged = finish(first);
  for (std::size_t i = 0; i < merged.size(); ++i) EXPECT_NEAR(merged[i], once[i], 100 * kEpsilon);
}

TEST_P(AttentionKernelsTest, RotatedHeadsAreTheTablesBitForBit) {
  for (const RopePairing pairing : {RopePairing::kAdjacent, RopePairing::kHalves}) {
    for (const auto& [dimension, turned] :
         {std::pair{64U, 64U}, {16U, 16U}, {80U, 80U}, {48U, 40U}, {128U, 64U}, {128U, 128U}}) {
      RopeParameters parameters;
      parameters.dimensions = turned;  // The dimensions behind them are not turned.
      parameters.pairing = pairing;
      RopeTable table(parameters);
      table.reserve(1000);
      constexpr std::uint32_t kCount = 5;
      const std::vector<float> heads = random_floats(random_, kCount * dimension);
      std::vector<float> expected = heads;
      for (std::uint32_t i = 0; i < kCount; ++i) {
        table.rotate(std::span(expected).subspan(i * dimension, dimension), 777);
      }
      const Rotation rotation = rotation_of(table, 777);
      std::vector<float> in_place = heads;
      kernels_.rotate(rotation, dimension, kCount, in_place.data(),
                      {in_place.data(), dimension, 16});
      expect_same_bits(in_place, expected);

      std::vector<float> chunks(heads.size());
      kernels_.rotate(rotation, dimension, kCount, heads.data(), {chunks.data(), 16, kCount * 16});
      for (std::uint32_t i = 0; i < kCount; ++i) {
        for (std::uint32_t d = 0; d < dimension; ++d) {
          EXPECT_EQ(chunks[d / 16 * kCount * 16 + i * 16 + d % 16], expected[i * dimension + d]);
        }
      }
    }
  }
}

TEST_P(AttentionKernelsTest, TurnedKeysAgreeWithTheTableAndDoNotDependOnTheInstructionSet) {
  fill(48);
  RopeParameters parameters;
  parameters.dimensions = 40;  // The last dimensions are not turned.
  for (const RopePairing pairing : {RopePairing::kAdjacent, RopePairing::kHalves}) {
    parameters.pairing = pairing;
    RopeTable table(parameters);
    table.reserve(100);
    const std::uint32_t pairs = table.pair_count();
    std::vector<float> cosines(pairs * 16);
    std::vector<float> sines(pairs * 16);
    const auto shift_of = [](std::uint32_t lane) {
      return 11 * static_cast<std::int32_t>(lane) - 90;
    };
    for (std::uint32_t lane = 0; lane < 16; ++lane) {
      std::vector<float> cosine(pairs);
      std::vector<float> sine(pairs);
      table.turn_angles(shift_of(lane), cosine, sine);
      for (std::uint32_t pair = 0; pair < pairs; ++pair) {
        cosines[pair * 16 + lane] = cosine[pair];
        sines[pair * 16 + lane] = sine[pair];
      }
    }
    const bool is_adjacent = pairing == RopePairing::kAdjacent;
    const KeyTurn turn{pairs, is_adjacent ? 2 : 1U, is_adjacent ? 1 : pairs, cosines.data(),
                       sines.data()};
    std::vector<std::byte> turned = keys_;  // Of the first 16.
    std::vector<std::byte> portable = turned;
    kernels_.of(type_).turn_keys(turn, turned.data());
    portable_.of(type_).turn_keys(turn, portable.data());
    EXPECT_EQ(turned, portable);
    for (std::uint32_t lane = 0; lane < 16; ++lane) {
      std::vector<float> key(dimension_);
      for (std::uint32_t d = 0; d < dimension_; ++d)
        key[d] = test::number_at(type_, keys_.data(), d * 16 + lane);
      table.turn(key, shift_of(lane));
      for (std::uint32_t d = 0; d < dimension_; ++d) {
        EXPECT_EQ(test::number_at(type_, turned.data(), d * 16 + lane), stored(key[d]));
      }
    }
  }
}

}  // namespace
}  // namespace nextline::cpu
