#include "tests/support/random_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

#include "tests/support/copied_vocabulary.h"
#include "tests/support/quantize.h"
#include "tests/support/random.h"
#include "tests/support/tiny_vocabulary.h"

namespace nextline::test {
namespace {

void add_hyperparameters(GgufWriter& writer, const RandomModelOptions& options) {
  const std::string prefix = options.architecture + ".";
  writer.add("general.architecture", options.architecture);
  writer.add("general.name", "random");
  writer.add(prefix + "block_count", options.layers);
  writer.add(prefix + "context_length", options.context_length);
  writer.add(prefix + "embedding_length", options.embedding_length);
  writer.add(prefix + "feed_forward_length", options.feed_forward_length);
  writer.add(prefix + "attention.head_count", options.head_count);
  writer.add(prefix + "attention.head_count_kv", options.head_count_kv);
  writer.add(prefix + "attention.layer_norm_rms_epsilon", 1e-6f);
  if (options.head_dim * options.head_count != options.embedding_length) {
    writer.add(prefix + "attention.key_length", options.head_dim);
    writer.add(prefix + "attention.value_length", options.head_dim);
  }
  writer.add(prefix + "vocab_size", options.vocabulary_size);
}

void add_rope(GgufWriter& writer, const RandomModelOptions& options) {
  using Kind = RandomRopeScaling::Kind;
  const std::string prefix = options.architecture + ".rope.";
  const RandomRopeScaling& scaling = options.rope_scaling;
  writer.add(prefix + "freq_base", options.rope_freq_base);
  if (options.rope_dimension_count) {
    writer.add(prefix + "dimension_count", *options.rope_dimension_count);
  }
  if (scaling.kind == Kind::kLinear || scaling.kind == Kind::kYarn) {
    writer.add(prefix + "scaling.type", scaling.kind == Kind::kLinear ? "linear" : "yarn");
    writer.add(prefix + "scaling.factor", scaling.factor);
  }
  if (scaling.kind == Kind::kYarn) {
    writer.add(prefix + "scaling.original_context_length", scaling.original_context_length);
    if (scaling.attention_factor) {
      writer.add(prefix + "scaling.attn_factor", *scaling.attention_factor);
    }
  }
}

/// Llama 3's divisors, one per pair of dimensions: 1 for wavelengths that fit into the original
/// context four times, `factor` for those that do not fit once, and in between a mean of the two
/// frequencies.
std::vector<float> llama3_divisors(const RandomModelOptions& options) {
  constexpr double kLowFrequencyFactor = 1;
  constexpr double kHighFrequencyFactor = 4;
  const std::uint32_t dimensions = options.rope_dimension_count.value_or(options.head_dim);
  const double factor = options.rope_scaling.factor;
  const double context = options.rope_scaling.original_context_length;
  std::vector<float> divisors;
  for (std::uint32_t i = 0; i < dimensions; i += 2) {
    const double wavelength =
        2 * std::numbers::pi * std::pow(options.rope_freq_base, double{1} * i / dimensions);
    const double fits = context / wavelength;
    const double share = std::clamp(
        (fits - kLowFrequencyFactor) / (kHighFrequencyFactor - kLowFrequencyFactor), 0.0, 1.0);
    divisors.push_back(static_cast<float>(1 / ((1 - share) / factor + share)));
  }
  return divisors;
}

/// Adds the tensors in the order of a file that a converter wrote.
class TensorWriter {
 public:
  TensorWriter(GgufWriter& writer, const RandomModelOptions& options)
      : writer_(writer), options_(options), random_(options.seed) {}

  void add_all() {
    const std::uint64_t width = options_.embedding_length;
    add_matrix("token_embd.weight", "", width, options_.vocabulary_size);
    if (options_.rope_scaling.kind == RandomRopeScaling::Kind::kLlama3) {
      const std::vector<float> divisors = llama3_divisors(options_);
      add_vector("rope_freqs.weight", divisors);
    }
    for (std::uint32_t layer = 0; layer < options_.layers; ++layer) add_layer(layer);
    add_norm("output_norm.weight", width);
    if (!options_.tied_embeddings) {
      add_matrix("output.weight", "", width, options_.vocabulary_size);
    }
  }

 private:
  void add_layer(std::uint32_t layer) {
    const std::string block = "blk." + std::to_string(layer) + ".";
    const std::uint64_t width = options_.embedding_length;
    const std::uint64_t head_dim = options_.head_dim;
    const std::uint64_t query_width = options_.head_count * head_dim;
    const std::uint64_t key_width = options_.head_count_kv * head_dim;
    const std::uint64_t hidden_width = options_.feed_forward_length;

    add_norm(block + "attn_norm.weight", width);
    add_matrix("attn_q.weight", block, width, query_width);
    add_matrix("attn_k.weight", block, width, key_width);
    add_matrix("attn_v.weight", block, width, key_width);
    if (options_.architecture == "qwen2") {
      add_bias(block + "attn_q.bias", query_width);
      add_bias(block + "attn_k.bias", key_width);
      add_bias(block + "attn_v.bias", key_width);
    }
    if (options_.architecture == "qwen3") {
      add_norm(block + "attn_q_norm.weight", head_dim);
      add_norm(block + "attn_k_norm.weight", head_dim);
    }
    add_matrix("attn_output.weight", block, query_width, width);
    add_norm(block + "ffn_norm.weight", width);
    add_matrix("ffn_gate.weight", block, width, hidden_width);
    add_matrix("ffn_up.weight", block, width, hidden_width);
    add_matrix("ffn_down.weight", block, hidden_width, width);
  }

  void add_matrix(const std::string& name, const std::string& block, std::uint64_t columns,
                  std::uint64_t rows) {
    const float deviation = 1 / std::sqrt(static_cast<float>(columns));
    const gguf::TensorType type = type_of(name, block);
    const std::uint64_t distinct =
        std::min<std::uint64_t>(options_.distinct_rows.value_or(rows), rows);
    std::vector<std::byte> data = quantize(type, normals(columns * distinct, 0, deviation));
    const std::size_t row_bytes = data.size() / distinct;
    data.resize(row_bytes * rows);
    for (std::uint64_t row = distinct; row < rows; ++row) {
      std::copy_n(data.begin() + static_cast<std::ptrdiff_t>((row - distinct) * row_bytes),
                  row_bytes, data.begin() + static_cast<std::ptrdiff_t>(row * row_bytes));
    }
    writer_.add_tensor(block + name, type, {columns, rows}, std::span<const std::byte>(data));
  }

  void add_norm(const std::string& name, std::uint64_t size) {
    add_vector(name, normals(size, 1, 0.1f));
  }

  void add_bias(const std::string& name, std::uint64_t size) {
    add_vector(name, normals(size, 0, 0.1f));
  }

  void add_vector(const std::string& name, const std::vector<float>& values) {
    writer_.add_tensor(name, gguf::TensorType::kF32, {values.size()}, values);
  }

  gguf::TensorType type_of(const std::string& name, const std::string& block) const {
    for (const std::string& key : {block + name, name}) {
      const auto found = options_.matrix_types.find(key);
      if (found != options_.matrix_types.end()) return found->second;
    }
    return options_.matrix_type;
  }

  std::vector<float> normals(std::uint64_t count, float mean, float deviation) {
    std::vector<float> values(count);
    for (float& value : values) value = mean + deviation * random_.normal();
    return values;
  }

  GgufWriter& writer_;
  const RandomModelOptions& options_;
  Random random_;
};

}  // namespace

GgufWriter random_model_writer(const RandomModelOptions& options) {
  GgufWriter writer;
  add_hyperparameters(writer, options);
  add_rope(writer, options);
  if (options.tokenizer_of) {
    copy_vocabulary(writer, *options.tokenizer_of);
  } else {
    add_tiny_vocabulary(writer, options.vocabulary_size, options.pre_tokenizer);
  }
  TensorWriter(writer, options).add_all();
  return writer;
}

std::vector<std::byte> random_model(const RandomModelOptions& options) {
  return random_model_writer(options).bytes();
}

}  // namespace nextline::test
