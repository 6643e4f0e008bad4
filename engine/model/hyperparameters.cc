#include "engine/model/hyperparameters.h"

#include <cmath>
#include <limits>
#include <string>

namespace nextline {
namespace {

// No model of today comes near these; a file beyond them is damaged, not large.
constexpr std::uint64_t kMaxLayers = 1024;
constexpr std::uint64_t kMaxLength = 1U << 20;
constexpr std::uint64_t kMaxContext = 1U << 24;
constexpr std::uint64_t kMaxHeadDimension = 1024;

/// Reads the keys of one architecture; remembers the first thing that is wrong.
class Reader {
 public:
  Reader(const gguf::File& file, std::string_view architecture)
      : file_(file), prefix_(std::string(architecture) + ".") {}

  std::uint32_t required(std::string_view key, std::uint64_t max) {
    const auto value = file_.unsigned_integer(prefix_ + std::string(key));
    if (!value) {
      fail("has no value \"" + prefix_ + std::string(key) + "\", which the model needs");
      return 0;
    }
    return checked(key, *value, max);
  }

  std::uint32_t optional(std::string_view key, std::uint32_t otherwise, std::uint64_t max) {
    const auto value = file_.unsigned_integer(prefix_ + std::string(key));
    return value ? checked(key, *value, max) : otherwise;
  }

  double number(std::string_view key, double otherwise) {
    const auto value = file_.number(prefix_ + std::string(key));
    if (value && !std::isfinite(*value))
      fail("has no finite number at \"" + prefix_ + std::string(key) + "\"");
    return value.value_or(otherwise);
  }

  std::optional<std::string_view> string(std::string_view key) const {
    return file_.string(prefix_ + std::string(key));
  }

  bool has(std::string_view key) const { return file_.find(prefix_ + std::string(key)) != nullptr; }

  void fail(std::string what) {
    if (problem_.empty()) problem_ = std::move(what);
  }
  void require(bool condition, std::string_view what) {
    if (!condition) fail(std::string(what));
  }
  const std::string& problem() const { return problem_; }

 private:
  std::uint32_t checked(std::string_view key, std::uint64_t value, std::uint64_t max) {
    if (value == 0 || value > max) {
      fail("says \"" + prefix_ + std::string(key) + "\" = " + std::to_string(value) +
           ", which is outside 1 … " + std::to_string(max));
      return 0;
    }
    return static_cast<std::uint32_t>(value);
  }

  const gguf::File& file_;
  std::string prefix_;
  std::string problem_;
};

std::optional<Architecture> architecture_from_name(std::string_view name) {
  for (const auto architecture :
       {Architecture::kLlama, Architecture::kQwen2, Architecture::kQwen3}) {
    if (name == name_of(architecture)) return architecture;
  }
  return std::nullopt;
}

void read_scaling(Reader& reader, RopeParameters& rope, std::uint32_t context_length) {
  const auto type = reader.string("rope.scaling.type");
  rope.factor = reader.number("rope.scaling.factor", 1.0);
  if (!type && reader.has("rope.scale_linear")) {  // The key that older converters wrote.
    rope.scaling = RopeScaling::kLinear;
    rope.factor = reader.number("rope.scale_linear", 1.0);
  } else if (!type || *type == "none") {
    rope.scaling = RopeScaling::kNone;
  } else if (*type == "linear") {
    rope.scaling = RopeScaling::kLinear;
  } else if (*type == "yarn") {
    rope.scaling = RopeScaling::kYarn;
  } else {
    reader.fail("scales its positions by \"" + std::string(*type) +
                "\", and positions of that kind cannot be shifted after an edit");
  }
  rope.original_context_length =
      reader.number("rope.scaling.original_context_length", context_length);
  rope.attention_factor = reader.number("rope.scaling.attn_factor", 1.0);
  rope.beta_fast = reader.number("rope.scaling.yarn_beta_fast", 32.0);
  rope.beta_slow = reader.number("rope.scaling.yarn_beta_slow", 1.0);
  reader.require(rope.factor > 0, "has a RoPE scaling factor that is not positive");
  reader.require(rope.original_context_length > 0,
                 "has an original context length that is not positive");
}

void read_frequency_factors(Reader& reader, const gguf::File& file, RopeParameters& rope) {
  if (file.find_tensor("rope_factors_long.weight") ||
      file.find_tensor("rope_factors_short.weight")) {
    reader.fail("uses LongRoPE, and positions of that kind cannot be shifted after an edit");
    return;
  }
  const gguf::Tensor* factors = file.find_tensor("rope_freqs.weight");
  if (!factors) return;
  if (factors->rows() != 1 || factors->columns() != rope.dimensions / 2) {
    reader.fail("has RoPE frequency factors of the wrong length");
    return;
  }
  rope.frequency_factors.resize(factors->columns());
  gguf::dequantize_row(factors->type, factors->data, rope.frequency_factors);
  for (const float factor : rope.frequency_factors) {
    reader.require(std::isfinite(factor) && factor > 0,
                   "has a RoPE frequency factor that is not positive");
  }
}

}  // namespace

std::string_view name_of(Architecture architecture) {
  switch (architecture) {
    case Architecture::kLlama:
      return "llama";
    case Architecture::kQwen2:
      return "qwen2";
    case Architecture::kQwen3:
      return "qwen3";
  }
  return "";
}

Result<Hyperparameters> read_hyperparameters(const gguf::File& file) {
  const std::string subject = "The model \"" + file.name() + "\" ";
  const auto name = file.string("general.architecture");
  if (!name) return failure(subject + "does not say its architecture (general.architecture).");
  const auto architecture = architecture_from_name(*name);
  if (!architecture) {
    return failure(subject + "has the architecture \"" + std::string(*name) +
                   "\"; Nextline computes llama, qwen2 and qwen3.");
  }

  Reader reader(file, *name);
  Hyperparameters h;
  h.architecture = *architecture;
  h.layer_count = reader.required("block_count", kMaxLayers);
  h.embedding_length = reader.required("embedding_length", kMaxLength);
  h.feed_forward_length = reader.required("feed_forward_length", kMaxLength);
  h.context_length = reader.required("context_length", kMaxContext);
  h.head_count = reader.required("attention.head_count", kMaxLength);
  h.head_count_kv = reader.optional("attention.head_count_kv", h.head_count, kMaxLength);
  const std::uint32_t default_dimension = h.head_count ? h.embedding_length / h.head_count : 0;
  h.head_dimension = reader.optional("attention.key_length", default_dimension, kMaxHeadDimension);
  h.rms_epsilon = static_cast<float>(reader.number("attention.layer_norm_rms_epsilon", 1e-5));
  reader.require(h.rms_epsilon > 0, "has a norm epsilon that is not positive");
  reader.require(reader.optional("attention.value_length", h.head_dimension, kMaxHeadDimension) ==
                     h.head_dimension,
                 "has keys and values of different length");
  reader.require(!reader.has("expert_count") || reader.optional("expert_count", 0, kMaxLength) == 0,
                 "is a mixture of experts, which Nextline does not compute");
  reader.require(!reader.has("rope.dimension_sections"),
                 "uses M-RoPE, and positions of that kind cannot be shifted after an edit");
  if (h.head_count_kv != 0) {
    reader.require(h.head_count % h.head_count_kv == 0,
                   "has a number of query heads that its key heads do not divide");
  }

  h.rope.pairing =
      *architecture == Architecture::kLlama ? RopePairing::kAdjacent : RopePairing::kHalves;
  h.rope.dimensions = reader.optional("rope.dimension_count", h.head_dimension, kMaxHeadDimension);
  h.rope.base = reader.number("rope.freq_base", 10000.0);
  reader.require(h.rope.base > 0, "has a RoPE base that is not positive");
  reader.require(h.rope.dimensions % 2 == 0 && h.rope.dimensions <= h.head_dimension,
                 "turns a number of dimensions that does not fit its heads");
  read_scaling(reader, h.rope, h.context_length);
  if (reader.problem().empty()) read_frequency_factors(reader, file, h.rope);

  const gguf::Tensor* embedding = file.find_tensor("token_embd.weight");
  if (!embedding) {
    reader.fail("has no tensor \"token_embd.weight\"");
  } else if (embedding->rows() > std::numeric_limits<std::int32_t>::max()) {
    reader.fail("has an absurd vocabulary");
  } else {
    h.vocabulary_size = static_cast<std::uint32_t>(embedding->rows());
  }

  if (!reader.problem().empty()) return failure(subject + reader.problem() + ".");
  return h;
}

}  // namespace nextline
