#include "engine/model/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "tests/support/engine_fixture.h"

namespace nextline {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Bytes = std::vector<std::byte>;

/// Puts `replacement` where `text` first stands; both have the same length.
Bytes replaced(Bytes file, std::string_view text, std::string_view replacement) {
  const auto* pattern = reinterpret_cast<const std::byte*>(text.data());
  const auto at = std::search(file.begin(), file.end(), pattern, pattern + text.size());
  EXPECT_NE(at, file.end());
  std::memcpy(&*at, replacement.data(), replacement.size());
  return file;
}

/// Sets a 32-bit number in the metadata.
Bytes with_number(Bytes file, std::string_view key, std::uint32_t number) {
  const auto* pattern = reinterpret_cast<const std::byte*>(key.data());
  const auto at = std::search(file.begin(), file.end(), pattern, pattern + key.size());
  EXPECT_NE(at, file.end());
  constexpr std::size_t kTypeBytes = 4;
  std::memcpy(&*at + key.size() + kTypeBytes, &number, sizeof(number));
  return file;
}

std::string error_of(const Bytes& bytes) {
  auto file = gguf::File::parse(bytes, "model.gguf");
  EXPECT_TRUE(file.has_value()) << file.error().message;
  const auto model = Model::load(std::move(*file));
  EXPECT_FALSE(model.has_value());
  return model ? "" : model.error().message;
}

class ModelTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ModelTest, ReadsSizesAndBindsEveryTensor) {
  test::RandomModelOptions options;
  options.architecture = GetParam();
  options.layers = 3;
  const test::TestModel model(options);
  const Hyperparameters& h = model->hyperparameters();
  EXPECT_EQ(name_of(h.architecture), GetParam());
  EXPECT_EQ(h.layer_count, 3U);
  EXPECT_EQ(h.head_count, 4U);
  EXPECT_EQ(h.head_count_kv, 2U);
  EXPECT_EQ(h.head_dimension, 16U);
  EXPECT_EQ(h.vocabulary_size, 320U);
  ASSERT_EQ(model->layers().size(), 3U);
  EXPECT_EQ(model->layers()[2].down->columns(), h.feed_forward_length);
  EXPECT_EQ(model->layers()[0].query_bias != nullptr, h.architecture == Architecture::kQwen2);
  EXPECT_EQ(model->layers()[0].key_norm != nullptr, h.architecture == Architecture::kQwen3);
  EXPECT_EQ(h.rope.pairing,
            h.architecture == Architecture::kLlama ? RopePairing::kAdjacent : RopePairing::kHalves);
}

INSTANTIATE_TEST_SUITE_P(Architectures, ModelTest, ::testing::Values("llama", "qwen2", "qwen3"));

TEST(Model, TiedEmbeddingsServeAsOutput) {
  test::RandomModelOptions options;
  options.tied_embeddings = true;
  const test::TestModel tied(options);
  EXPECT_EQ(&tied->output(), &tied->token_embedding());
  options.tied_embeddings = false;
  const test::TestModel untied(options);
  EXPECT_NE(&untied->output(), &untied->token_embedding());
}

TEST(Model, BeginsSequencesWithAControlToken) {
  const test::TestModel model(test::RandomModelOptions{});
  EXPECT_TRUE(model->tokenizer().is_control(model->sink()));
}

TEST(Model, RefusesASinkThatTheTokeniserLacks) {
  const auto bytes = test::random_model({});
  auto file = gguf::File::parse(bytes, "model.gguf");
  const auto model = Model::load(std::move(*file), {.sink = "<|nowhere|>"});
  ASSERT_FALSE(model.has_value());
  EXPECT_THAT(model.error().message, HasSubstr("no control token \"<|nowhere|>\""));
}

TEST(Model, NamesAnUnknownArchitecture) {
  EXPECT_EQ(
      error_of(replaced(test::random_model({}), "llama", "mamba")),
      "The model \"model.gguf\" has the architecture \"mamba\"; Nextline computes llama, qwen2 "
      "and qwen3.");
}

TEST(Model, NamesAMissingKey) {
  EXPECT_THAT(error_of(replaced(test::random_model({}), "llama.block_count", "llama.block_width")),
              HasSubstr("has no value \"llama.block_count\""));
}

TEST(Model, RefusesAbsurdSizes) {
  EXPECT_THAT(error_of(with_number(test::random_model({}), "llama.block_count", 4000000000)),
              HasSubstr("\"llama.block_count\" = 4000000000, which is outside 1 … 1024"));
  EXPECT_THAT(error_of(with_number(test::random_model({}), "llama.attention.head_count_kv", 3)),
              HasSubstr("query heads that its key heads do not divide"));
}

TEST(Model, NamesAMissingTensorAndAWrongShape) {
  EXPECT_THAT(
      error_of(replaced(test::random_model({}), "blk.1.ffn_up.weight", "blk.1.ffn_UP.weight")),
      HasSubstr("has no tensor \"blk.1.ffn_up.weight\""));
  EXPECT_THAT(error_of(with_number(test::random_model({}), "llama.feed_forward_length", 96)),
              HasSubstr("128 × 64 elements instead of 96 × 64"));
}

TEST(Model, RefusesPositionsThatCannotBeShifted) {
  test::RandomModelOptions options;
  options.rope_scaling.kind = test::RandomRopeScaling::Kind::kLinear;
  EXPECT_THAT(error_of(replaced(test::random_model(options), "linear", "longrp")),
              AllOf(StartsWith("The model \"model.gguf\" scales its positions by \"longrp\""),
                    EndsWith("cannot be shifted after an edit.")));
  auto writer = test::random_model_writer({});
  writer.add("llama.rope.dimension_sections", 1U);
  EXPECT_THAT(error_of(writer.bytes()), HasSubstr("M-RoPE"));
}

TEST(Model, ReadsEveryKindOfRopeScaling) {
  test::RandomModelOptions options;
  options.rope_scaling.kind = test::RandomRopeScaling::Kind::kLinear;
  EXPECT_EQ(test::TestModel(options)->hyperparameters().rope.scaling, RopeScaling::kLinear);
  options.rope_scaling.kind = test::RandomRopeScaling::Kind::kYarn;
  EXPECT_EQ(test::TestModel(options)->hyperparameters().rope.scaling, RopeScaling::kYarn);
  EXPECT_EQ(test::TestModel(options)->hyperparameters().rope.original_context_length, 128.0);
  options.rope_scaling.kind = test::RandomRopeScaling::Kind::kLlama3;
  EXPECT_EQ(test::TestModel(options)->hyperparameters().rope.frequency_factors.size(), 8U);
}

}  // namespace
}  // namespace nextline
