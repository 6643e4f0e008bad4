#include "server/bench/model_work.h"

#include <gtest/gtest.h>

#include "tests/support/engine_fixture.h"

namespace nextline::bench {
namespace {

constexpr std::uint64_t kEmbedding = 64;
constexpr std::uint64_t kQuery = 4 * 16;  // Heads and their dimensions.
constexpr std::uint64_t kKeyOrValue = 2 * 16;
constexpr std::uint64_t kFeedForward = 128;
constexpr std::uint64_t kVocabulary = 320;

/// Products per row of what is needed for keys and values only, and of the rest of a layer.
constexpr std::uint64_t kKeysAndValues = 2 * kKeyOrValue * kEmbedding;
constexpr std::uint64_t kRestOfLayer = 2 * kQuery * kEmbedding + 3 * kFeedForward * kEmbedding;
constexpr std::uint64_t kOutput = kVocabulary * kEmbedding;

test::TestModel model_with(std::uint32_t layers, std::string architecture = "llama") {
  return test::TestModel({.architecture = std::move(architecture),
                          .layers = layers,
                          .embedding_length = kEmbedding,
                          .head_count = 4,
                          .head_count_kv = 2,
                          .head_dim = 16,
                          .feed_forward_length = kFeedForward,
                          .vocabulary_size = kVocabulary});
}

TEST(ModelWorkTest, ARowThatAsksIsMultipliedWithEveryMatrix) {
  const ModelWork work = work_of(*model_with(3), 0);
  EXPECT_EQ(work.matrix_products({.before = 0, .count = 1, .asking = 1}),
            3 * (kKeysAndValues + kRestOfLayer) + kOutput);
}

TEST(ModelWorkTest, OfTheLastLayerARowThatDoesNotAskNeedsKeysAndValuesOnly) {
  const ModelWork work = work_of(*model_with(3), 0);
  EXPECT_EQ(work.matrix_products({.before = 0, .count = 1, .asking = 0}),
            3 * kKeysAndValues + 2 * kRestOfLayer);
  EXPECT_EQ(work.matrix_products({.before = 9, .count = 7, .asking = 2}),
            7 * (3 * kKeysAndValues + 2 * kRestOfLayer) + 2 * (kRestOfLayer + kOutput));
}

TEST(ModelWorkTest, EachVisibleKeyTakesTheDimensionsOfAllQueryHeadsTwice) {
  const ModelWork work = work_of(*model_with(1), 0);
  EXPECT_EQ(work.attention_products({.before = 99, .count = 1, .asking = 1}), 100 * 2 * kQuery);
}

TEST(ModelWorkTest, AttentionIsCausal) {
  const ModelWork work = work_of(*model_with(3), 0);
  const Rows rows{.before = 20, .count = 6, .asking = 2};
  std::uint64_t expected = 0;
  for (std::uint64_t layer = 0; layer < 3; ++layer) {
    const std::uint64_t first = layer == 2 ? rows.count - rows.asking : 0;
    for (std::uint64_t row = first; row < rows.count; ++row) {
      expected += (rows.before + row + 1) * 2 * kQuery;
    }
  }
  EXPECT_EQ(work.attention_products(rows), expected);
}

TEST(ModelWorkTest, OneLayerWithoutLogitsNeedsNoAttention) {
  const ModelWork work = work_of(*model_with(1), 0);
  EXPECT_EQ(work.attention_products({.before = 10, .count = 5, .asking = 0}), 0);
}

TEST(ModelWorkTest, WeightsAreReadOnceAndEarlierSlotsToo) {
  const test::TestModel model = model_with(2, "qwen2");  // With biases.
  constexpr std::uint64_t kSlotBytes = 24;
  const ModelWork work = work_of(*model, kSlotBytes);
  // All that is in the file, for its embedding is the output head too; in float32.
  const std::uint64_t norms = 2 * 2 * kEmbedding + kEmbedding;
  const std::uint64_t biases = 2 * (kQuery + 2 * kKeyOrValue);
  EXPECT_EQ(work.weight_bytes,
            4 * (2 * (kKeysAndValues + kRestOfLayer) + kOutput + norms + biases));
  EXPECT_EQ(work.bytes({.before = 0, .count = 5, .asking = 5}), work.weight_bytes);
  EXPECT_EQ(work.bytes({.before = 30, .count = 5, .asking = 5}),
            work.weight_bytes + 30 * kSlotBytes);
}

}  // namespace
}  // namespace nextline::bench
