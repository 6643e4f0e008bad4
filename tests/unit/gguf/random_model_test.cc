#include "tests/support/random_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "engine/gguf/gguf_file.h"
#include "tests/support/copied_vocabulary.h"

namespace nextline::test {
namespace {

using gguf::TensorType;
using testing::Contains;
using testing::ElementsAre;

class RandomModel : public testing::Test {
 protected:
  const gguf::File& write(const RandomModelOptions& options) {
    bytes_ = random_model(options);
    auto file = gguf::File::parse(bytes_, "random.gguf");
    EXPECT_TRUE(file) << file.error().message;
    return file_.emplace(*std::move(file));
  }

  bool has_tensor(std::string_view name) const { return file_->find_tensor(name) != nullptr; }

  std::vector<std::byte> bytes_;
  std::optional<gguf::File> file_;
};

TEST_F(RandomModel, IsTheSameForTheSameSeedOnly) {
  RandomModelOptions other_seed;
  other_seed.seed = 2;
  EXPECT_EQ(random_model({}), random_model({}));
  EXPECT_NE(random_model({}), random_model(other_seed));
}

TEST_F(RandomModel, CanHaveAnotherModelsTokenizer) {
  const std::vector<std::byte> other = random_model({.vocabulary_size = 300});
  const auto tokenizer_of = gguf::File::parse(other, "other.gguf");
  ASSERT_TRUE(tokenizer_of) << tokenizer_of.error().message;
  const gguf::File& file =
      write({.vocabulary_size = vocabulary_size(*tokenizer_of), .tokenizer_of = &*tokenizer_of});
  for (const auto& [key, value] : tokenizer_of->metadata()) {
    if (!key.starts_with("tokenizer.")) continue;
    const gguf::Value* const copied = file.find(key);
    ASSERT_NE(copied, nullptr) << key;
    EXPECT_EQ(copied->index(), value.index()) << key;
  }
  EXPECT_EQ(*file.strings("tokenizer.ggml.merges"),
            *tokenizer_of->strings("tokenizer.ggml.merges"));
  EXPECT_EQ(*file.strings("tokenizer.ggml.tokens"),
            *tokenizer_of->strings("tokenizer.ggml.tokens"));
}

TEST_F(RandomModel, HasTheTensorsOfItsArchitecture) {
  write({.architecture = "llama"});
  EXPECT_FALSE(has_tensor("blk.0.attn_q.bias"));
  EXPECT_FALSE(has_tensor("blk.0.attn_q_norm.weight"));

  write({.architecture = "qwen2"});
  EXPECT_TRUE(has_tensor("blk.1.attn_q.bias"));
  EXPECT_TRUE(has_tensor("blk.1.attn_v.bias"));

  write({.architecture = "qwen3"});
  EXPECT_TRUE(has_tensor("blk.1.attn_q_norm.weight"));
  EXPECT_TRUE(has_tensor("blk.1.attn_k_norm.weight"));
}

TEST_F(RandomModel, HasShapesThatFollowFromTheOptions) {
  const gguf::File& file = write({.embedding_length = 96,
                                  .head_count = 6,
                                  .head_count_kv = 2,
                                  .head_dim = 32,
                                  .feed_forward_length = 160,
                                  .tied_embeddings = false});
  const auto shape = [&file](std::string_view name) { return file.find_tensor(name)->shape; };
  EXPECT_THAT(shape("token_embd.weight"), ElementsAre(96, 320, 1, 1));
  EXPECT_THAT(shape("output.weight"), ElementsAre(96, 320, 1, 1));
  EXPECT_THAT(shape("blk.0.attn_q.weight"), ElementsAre(96, 192, 1, 1));
  EXPECT_THAT(shape("blk.0.attn_k.weight"), ElementsAre(96, 64, 1, 1));
  EXPECT_THAT(shape("blk.0.attn_output.weight"), ElementsAre(192, 96, 1, 1));
  EXPECT_THAT(shape("blk.0.ffn_down.weight"), ElementsAre(160, 96, 1, 1));
  EXPECT_EQ(file.unsigned_integer("llama.attention.key_length"), 32);
}

TEST_F(RandomModel, MixesTypes) {
  const gguf::File& file = write({.embedding_length = 256,
                                  .feed_forward_length = 512,
                                  .matrix_type = TensorType::kQ5_0,
                                  .matrix_types = {{"ffn_down.weight", TensorType::kQ6_K},
                                                   {"blk.1.ffn_down.weight", TensorType::kQ4_K},
                                                   {"token_embd.weight", TensorType::kQ8_0}}});
  const auto type = [&file](std::string_view name) { return file.find_tensor(name)->type; };
  EXPECT_EQ(type("token_embd.weight"), TensorType::kQ8_0);
  EXPECT_EQ(type("blk.0.ffn_up.weight"), TensorType::kQ5_0);
  EXPECT_EQ(type("blk.0.ffn_down.weight"), TensorType::kQ6_K);
  EXPECT_EQ(type("blk.1.ffn_down.weight"), TensorType::kQ4_K);
  EXPECT_EQ(type("blk.0.attn_norm.weight"), TensorType::kF32);
}

TEST_F(RandomModel, HasWeightsThatKeepActivationsInRange) {
  const gguf::File& file = write({.embedding_length = 256});
  const gguf::Tensor& matrix = *file.find_tensor("blk.0.ffn_up.weight");
  std::vector<float> row(matrix.columns());
  double squares = 0;
  for (std::uint64_t i = 0; i < matrix.rows(); ++i) {
    gguf::dequantize_row(matrix.type, matrix.row(i), row);
    for (const float weight : row) squares += double{weight} * double{weight};
  }
  EXPECT_NEAR(squares / static_cast<double>(matrix.rows()), 1, 0.05);
}

TEST_F(RandomModel, WritesRopeScalingAsConvertersDo) {
  using Kind = RandomRopeScaling::Kind;
  const gguf::File& yarn =
      write({.architecture = "qwen2",
             .rope_scaling = {.kind = Kind::kYarn, .factor = 2, .attention_factor = 1.25f}});
  EXPECT_EQ(yarn.string("qwen2.rope.scaling.type"), "yarn");
  EXPECT_EQ(yarn.number("qwen2.rope.scaling.factor"), 2);
  EXPECT_EQ(yarn.unsigned_integer("qwen2.rope.scaling.original_context_length"), 128);
  EXPECT_EQ(yarn.number("qwen2.rope.scaling.attn_factor"), 1.25);

  const gguf::File& linear = write({.rope_scaling = {.kind = Kind::kLinear, .factor = 2}});
  EXPECT_EQ(linear.string("llama.rope.scaling.type"), "linear");
}

TEST_F(RandomModel, StretchesLowFrequenciesOnlyForLlama3) {
  const gguf::File& file =
      write({.rope_dimension_count = 16,
             .rope_scaling = {.kind = RandomRopeScaling::Kind::kLlama3, .factor = 8}});
  const gguf::Tensor& divisors = *file.find_tensor("rope_freqs.weight");
  std::vector<float> values(divisors.columns());
  gguf::dequantize_row(divisors.type, divisors.data, values);
  ASSERT_EQ(values.size(), 8);
  EXPECT_EQ(values.front(), 1);
  EXPECT_EQ(values.back(), 8);
  EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
}

TEST_F(RandomModel, HasAVocabularyWhoseMergesFitItsTokens) {
  const gguf::File& file = write({.vocabulary_size = 300});
  const auto& tokens = *file.strings("tokenizer.ggml.tokens");
  const std::set<std::string_view> known(tokens.begin(), tokens.end());
  EXPECT_EQ(tokens.size(), 300);
  EXPECT_EQ(known.size(), 300);
  EXPECT_EQ(file.integers("tokenizer.ggml.token_type")->size(), 300);
  for (const std::string_view merge : *file.strings("tokenizer.ggml.merges")) {
    const std::string left(merge.substr(0, merge.find(' ')));
    const std::string right(merge.substr(merge.find(' ') + 1));
    EXPECT_THAT(known, Contains(left));
    EXPECT_THAT(known, Contains(right));
    EXPECT_THAT(known, Contains(left + right));
  }
  EXPECT_EQ(tokens.at(*file.unsigned_integer("tokenizer.ggml.eos_token_id")), "<|endoftext|>");
  EXPECT_EQ(tokens.at(*file.unsigned_integer("tokenizer.ggml.fim_suf_token_id")), "<|fim_suffix|>");
}

}  // namespace
}  // namespace nextline::test
