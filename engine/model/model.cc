#include "engine/model/model.h"

#include <array>
#include <initializer_list>

namespace nextline {
namespace {

/// Finds tensors by name and checks their shape; remembers the first thing that is wrong.
class TensorBinder {
 public:
  explicit TensorBinder(const gguf::File& file) : file_(file) {}

  const gguf::Tensor* vector(const std::string& name, std::uint32_t length) {
    return checked(name, optional_vector(name, length));
  }
  const gguf::Tensor* optional_vector(const std::string& name, std::uint32_t length) {
    return shaped(name, 1, length);
  }
  const gguf::Tensor* matrix(const std::string& name, std::uint32_t rows, std::uint32_t columns) {
    return checked(name, optional_matrix(name, rows, columns));
  }
  const gguf::Tensor* optional_matrix(const std::string& name, std::uint32_t rows,
                                      std::uint32_t columns) {
    return shaped(name, rows, columns);
  }
  const std::string& problem() const { return problem_; }

 private:
  const gguf::Tensor* shaped(const std::string& name, std::uint64_t rows, std::uint64_t columns) {
    const gguf::Tensor* tensor = file_.find_tensor(name);
    if (tensor && (tensor->rows() != rows || tensor->columns() != columns)) {
      fail("has the tensor \"" + name + "\" with " + std::to_string(tensor->rows()) + " × " +
           std::to_string(tensor->columns()) + " elements instead of " + std::to_string(rows) +
           " × " + std::to_string(columns));
    }
    return tensor;
  }
  const gguf::Tensor* checked(const std::string& name, const gguf::Tensor* tensor) {
    if (!tensor) fail("has no tensor \"" + name + "\"");
    return tensor;
  }
  void fail(std::string what) {
    if (problem_.empty()) problem_ = std::move(what);
  }

  const gguf::File& file_;
  std::string problem_;
};

LayerTensors bind_layer(TensorBinder& binder, const Hyperparameters& h, std::uint32_t index) {
  const std::string block = "blk." + std::to_string(index) + ".";
  const std::uint32_t embedding = h.embedding_length;
  const std::uint32_t feed_forward = h.feed_forward_length;
  LayerTensors layer{};
  layer.attention_norm = binder.vector(block + "attn_norm.weight", embedding);
  layer.query = binder.matrix(block + "attn_q.weight", h.query_length(), embedding);
  layer.key = binder.matrix(block + "attn_k.weight", h.kv_length(), embedding);
  layer.value = binder.matrix(block + "attn_v.weight", h.kv_length(), embedding);
  layer.query_bias = binder.optional_vector(block + "attn_q.bias", h.query_length());
  layer.key_bias = binder.optional_vector(block + "attn_k.bias", h.kv_length());
  layer.value_bias = binder.optional_vector(block + "attn_v.bias", h.kv_length());
  if (h.architecture == Architecture::kQwen3) {
    layer.query_norm = binder.vector(block + "attn_q_norm.weight", h.head_dimension);
    layer.key_norm = binder.vector(block + "attn_k_norm.weight", h.head_dimension);
  }
  layer.attention_output = binder.matrix(block + "attn_output.weight", embedding, h.query_length());
  layer.feed_forward_norm = binder.vector(block + "ffn_norm.weight", embedding);
  layer.gate = binder.matrix(block + "ffn_gate.weight", feed_forward, embedding);
  layer.up = binder.matrix(block + "ffn_up.weight", feed_forward, embedding);
  layer.down = binder.matrix(block + "ffn_down.weight", embedding, feed_forward);
  return layer;
}

}  // namespace

Result<std::unique_ptr<const Model>> Model::load(const std::filesystem::path& path,
                                                 const Options& options) {
  auto file = gguf::File::open(path);
  if (!file) return tl::unexpected(file.error());
  return load(std::move(*file), options);
}

Result<std::unique_ptr<const Model>> Model::load(gguf::File file, const Options& options) {
  std::unique_ptr<Model> model(new Model(std::move(file)));
  auto hyperparameters = read_hyperparameters(model->file_);
  if (!hyperparameters) return tl::unexpected(hyperparameters.error());
  model->hyperparameters_ = std::move(*hyperparameters);

  auto tokenizer = Tokenizer::from_gguf(model->file_);
  if (!tokenizer) return tl::unexpected(tokenizer.error());
  model->tokenizer_ = std::make_unique<const Tokenizer>(std::move(*tokenizer));
  if (model->tokenizer_->vocabulary_size() > model->hyperparameters_.vocabulary_size) {
    return failure("The model \"" + model->file_.name() +
                   "\" has more tokens in its tokeniser than rows in its embedding.");
  }

  if (auto bound = model->bind_tensors(); !bound) return tl::unexpected(bound.error());
  if (auto chosen = model->choose_sink(options); !chosen) return tl::unexpected(chosen.error());
  return std::unique_ptr<const Model>(std::move(model));
}

Result<void> Model::bind_tensors() {
  const Hyperparameters& h = hyperparameters_;
  TensorBinder binder(file_);
  token_embedding_ = binder.matrix("token_embd.weight", h.vocabulary_size, h.embedding_length);
  output_norm_ = binder.vector("output_norm.weight", h.embedding_length);
  output_ = binder.optional_matrix("output.weight", h.vocabulary_size, h.embedding_length);
  if (!output_) output_ = token_embedding_;
  for (std::uint32_t index = 0; index < h.layer_count && binder.problem().empty(); ++index) {
    layers_.push_back(bind_layer(binder, h, index));
  }
  if (!binder.problem().empty()) {
    return failure("The model \"" + file_.name() + "\" " + binder.problem() + ".");
  }
  return {};
}

Result<void> Model::choose_sink(const Options& options) {
  if (tokenizer_->adds_bos() && tokenizer_->bos()) {
    sink_ = *tokenizer_->bos();
    return {};
  }
  if (!options.sink.empty()) {
    const auto token = tokenizer_->control_token(options.sink);
    if (!token) {
      return failure("The model \"" + file_.name() + "\" has no control token \"" + options.sink +
                     "\" to begin a sequence with.");
    }
    sink_ = *token;
    return {};
  }
  for (const std::string_view text : {"<|fim_prefix|>", "<fim_prefix>", "<｜fim▁begin｜>", "<PRE>",
                                      "<|endoftext|>", "<|begin_of_text|>", "<s>"}) {
    if (const auto token = tokenizer_->control_token(text)) {
      sink_ = *token;
      return {};
    }
  }
  if (const auto token = tokenizer_->bos() ? tokenizer_->bos() : tokenizer_->eos()) {
    sink_ = *token;
    return {};
  }
  return failure("The model \"" + file_.name() +
                 "\" names no token that a sequence could begin with.");
}

}  // namespace nextline
