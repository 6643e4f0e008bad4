#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/gguf/gguf_file.h"

namespace nextline {

/// The model families that the engine computes. They share one forward pass; what differs is which
/// optional weights a layer has and how RoPE pairs the dimensions of a head.
enum class Architecture : std::uint8_t {
  kLlama,  ///< Llama, SmolLM2, DeepSeek-Coder.
  kQwen2,  ///< Qwen2, Qwen2.5-Coder: biases on query, key and value.
  kQwen3,  ///< Qwen3: RMS norm of each query and key head.
};

std::string_view name_of(Architecture architecture);

/// Which dimensions of a head turn together.
enum class RopePairing : std::uint8_t {
  kAdjacent,  ///< (0,1), (2,3), …: `llama` files, whose rows the converter has permuted.
  kHalves,    ///< (0,d/2), (1,d/2+1), …: the original layout.
};

/// How positions beyond the trained context are made to fit.
enum class RopeScaling : std::uint8_t { kNone, kLinear, kYarn };

/// Rotary position embedding (Su et al., "RoFormer"). The frequencies of llama3 scaling come as
/// factors in the file and apply on top of any scaling.
struct RopeParameters {
  RopePairing pairing = RopePairing::kHalves;
  std::uint32_t dimensions = 0;  ///< Dimensions of a head that turn: the first ones. Even.
  double base = 10000.0;
  RopeScaling scaling = RopeScaling::kNone;
  double factor = 1.0;                   ///< Context extension, > 0.
  double original_context_length = 0.0;  ///< YaRN: the context the model was trained with.
  double attention_factor = 1.0;         ///< YaRN: multiplies the magnitude factor.
  double beta_fast = 32.0;               ///< YaRN: rotations above which nothing is interpolated.
  double beta_slow = 1.0;                ///< YaRN: rotations below which all is interpolated.
  std::vector<float> frequency_factors;  ///< llama3: [dimensions / 2] divisors, or empty.
};

/// The sizes of a model, checked against each other.
struct Hyperparameters {
  Architecture architecture = Architecture::kLlama;
  std::uint32_t layer_count = 0;
  std::uint32_t embedding_length = 0;
  std::uint32_t feed_forward_length = 0;
  std::uint32_t head_count = 0;
  std::uint32_t head_count_kv = 0;  ///< Divides head_count (grouped-query attention).
  std::uint32_t head_dimension = 0;
  std::uint32_t context_length = 0;
  std::uint32_t vocabulary_size = 0;
  float rms_epsilon = 1e-5F;
  RopeParameters rope;

  std::uint32_t query_length() const { return head_count * head_dimension; }
  std::uint32_t kv_length() const { return head_count_kv * head_dimension; }
  std::uint32_t heads_per_kv() const { return head_count / head_count_kv; }
};

/// Reads `general.architecture` and the keys it prefixes. Fails for an architecture that is not
/// computed, for missing or contradictory sizes, and for positions that cannot be shifted (M-RoPE,
/// dynamic NTK, LongRoPE).
Result<Hyperparameters> read_hyperparameters(const gguf::File& file);

}  // namespace nextline
