#include "tests/gpu/model_shapes.h"

#include <array>
#include <string>

namespace nextline::test {
namespace {

using gguf::TensorType;

constexpr std::array<ModelShape, 5> kShapes = {{
    {"qwen2.5-coder-0.5b", "qwen2", 24, 896, 14, 2, 4864, 151936, 32768, 1e6F, true},
    {"deepseek-coder-1.3b", "llama", 24, 2048, 16, 16, 5504, 32256, 16384, 1e5F, false},
    {"deepseek-coder-6.7b", "llama", 32, 4096, 32, 32, 11008, 32256, 16384, 1e5F, false},
    {"qwen2.5-coder-7b", "qwen2", 28, 3584, 28, 4, 18944, 152064, 32768, 1e6F, false},
    {"deepseek-coder-33b", "llama", 62, 7168, 56, 8, 19200, 32256, 16384, 1e5F, false},
}};

constexpr std::uint32_t kDistinctRows = 8;

/// The K types have blocks of 256 columns; where these do not fit, files have the next larger type.
TensorType fitting(TensorType type, std::uint32_t columns) {
  if (columns % 256 == 0) return type;
  return type == TensorType::kQ4_K ? TensorType::kQ5_0 : TensorType::kQ8_0;
}

/// The layers whose values and down projections Q4_K_M files store in more bits: the first and the
/// last eighth, and every third between them.
bool has_more_bits(std::uint32_t layer, std::uint32_t layers) {
  const std::uint32_t eighth = layers / 8;
  return layer < eighth || layer >= 7 * eighth || (layer - eighth) % 3 == 2;
}

}  // namespace

std::span<const ModelShape> model_shapes() { return kShapes; }

RandomModelOptions random_model_of(const ModelShape& shape) {
  const std::uint32_t width = shape.embedding_length;
  RandomModelOptions options;
  options.architecture = shape.architecture;
  options.layers = shape.layers;
  options.embedding_length = width;
  options.head_count = shape.head_count;
  options.head_count_kv = shape.head_count_kv;
  options.head_dim = width / shape.head_count;
  options.feed_forward_length = shape.feed_forward_length;
  options.vocabulary_size = shape.vocabulary_size;
  options.context_length = shape.context_length;
  options.rope_freq_base = shape.rope_freq_base;
  options.tied_embeddings = shape.tied_embeddings;
  options.distinct_rows = kDistinctRows;

  options.matrix_type = fitting(TensorType::kQ4_K, width);
  options.matrix_types["output.weight"] = fitting(TensorType::kQ6_K, width);
  if (shape.tied_embeddings) {
    options.matrix_types["token_embd.weight"] = fitting(TensorType::kQ6_K, width);
  }
  for (std::uint32_t layer = 0; layer < shape.layers; ++layer) {
    const std::string block = "blk." + std::to_string(layer) + ".";
    const TensorType type =
        has_more_bits(layer, shape.layers) ? TensorType::kQ6_K : TensorType::kQ4_K;
    options.matrix_types[block + "attn_v.weight"] = fitting(type, width);
    options.matrix_types[block + "ffn_down.weight"] = fitting(type, shape.feed_forward_length);
  }
  return options;
}

}  // namespace nextline::test
