#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/gguf/gguf_file.h"
#include "engine/gguf/tensor_type.h"
#include "tests/support/gguf_writer.h"

namespace nextline::test {

/// How a random model stretches its positions.
struct RandomRopeScaling {
  enum class Kind {
    kNone,
    kLinear,  ///< All positions divided by `factor`.
    kLlama3,  ///< A divisor per frequency in the tensor "rope_freqs.weight".
    kYarn,    ///< Peng et al., "YaRN: Efficient Context Window Extension of LLMs".
  };

  Kind kind = Kind::kNone;
  float factor = 4;
  std::uint32_t original_context_length = 128;
  std::optional<float> attention_factor = {};  ///< The key "….rope.scaling.attn_factor"; YaRN only.
};

/// A small model with random weights. Rows of matrices must hold whole blocks of their types: the
/// columns are multiples of 32 for Q4_0 to Q8_0, and of 256 for the K types. The matrices with
/// `embedding_length` columns are all but attn_output (`head_count * head_dim`) and ffn_down
/// (`feed_forward_length`).
struct RandomModelOptions {
  std::string architecture = "llama";  ///< "llama", "qwen2" (biases) or "qwen3" (QK-norm).
  std::uint32_t layers = 2;
  std::uint32_t embedding_length = 64;
  std::uint32_t head_count = 4;
  std::uint32_t head_count_kv = 2;
  std::uint32_t head_dim = 16;
  std::uint32_t feed_forward_length = 128;
  std::uint32_t vocabulary_size = 320;
  std::uint32_t context_length = 512;
  float rope_freq_base = 10000;
  std::optional<std::uint32_t> rope_dimension_count =
      {};  ///< Not written if absent: all of `head_dim`.
  RandomRopeScaling rope_scaling = {};
  bool tied_embeddings = true;  ///< Without "output.weight".

  gguf::TensorType matrix_type = gguf::TensorType::kF32;
  /// Other types for single matrices, by their name ("blk.0.ffn_down.weight"), or for the same
  /// matrix of every layer, by what follows "blk.N." ("ffn_down.weight").
  std::map<std::string, gguf::TensorType, std::less<>> matrix_types = {};

  /// Each matrix repeats so many rows, so that large models are made fast; absent: none is
  /// repeated.
  std::optional<std::uint32_t> distinct_rows = {};

  std::string pre_tokenizer = "gpt-2";
  /// A model whose tokeniser it has, in place of a tiny one; `vocabulary_size` is then that
  /// model's.
  const gguf::File* tokenizer_of = nullptr;
  std::uint64_t seed = 1;
};

/// A model that is valid as a GGUF file of its architecture, with a tiny byte-level BPE vocabulary
/// (tiny_vocabulary.h). The same options give the same bytes. Activations stay in a sane range:
/// matrices are normal with variance 1 / columns, norms lie around 1.
GgufWriter random_model_writer(const RandomModelOptions& options);

/// The bytes of that file.
std::vector<std::byte> random_model(const RandomModelOptions& options);

}  // namespace nextline::test
