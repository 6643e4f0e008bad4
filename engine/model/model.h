#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/gguf/gguf_file.h"
#include "engine/model/hyperparameters.h"
#include "engine/tokenizer/tokenizer.h"

namespace nextline {

/// The tensors of one transformer layer, as they lie in the file. Matrices are [rows × columns] =
/// [outputs × inputs]. Optional tensors are null where the architecture has none.
struct LayerTensors {
  const gguf::Tensor* attention_norm;     // [embedding]
  const gguf::Tensor* query;              // [head_count·head_dimension × embedding]
  const gguf::Tensor* key;                // [head_count_kv·head_dimension × embedding]
  const gguf::Tensor* value;              // [head_count_kv·head_dimension × embedding]
  const gguf::Tensor* query_bias;         // [head_count·head_dimension] or null
  const gguf::Tensor* key_bias;           // [head_count_kv·head_dimension] or null
  const gguf::Tensor* value_bias;         // [head_count_kv·head_dimension] or null
  const gguf::Tensor* query_norm;         // [head_dimension] or null
  const gguf::Tensor* key_norm;           // [head_dimension] or null
  const gguf::Tensor* attention_output;   // [embedding × head_count·head_dimension]
  const gguf::Tensor* feed_forward_norm;  // [embedding]
  const gguf::Tensor* gate;               // [feed_forward × embedding]
  const gguf::Tensor* up;                 // [feed_forward × embedding]
  const gguf::Tensor* down;               // [embedding × feed_forward]
};

/// A model file understood: sizes, tokeniser and every weight in its place with its shape checked.
/// The weights stay in the mapped file; a backend makes of them what it needs.
/// Immutable: any number of threads and backends may share one model.
class Model {
 public:
  struct Options {
    /// The control token that begins every sequence, where the file does not ask for a BOS; empty:
    /// the first fill-in-the-middle marker, else end-of-text.
    std::string sink;
  };

  static Result<std::unique_ptr<const Model>> load(const std::filesystem::path& path,
                                                   const Options& options = {});
  /// Takes a file that was opened elsewhere.
  static Result<std::unique_ptr<const Model>> load(gguf::File file, const Options& options = {});

  const gguf::File& file() const { return file_; }
  const Hyperparameters& hyperparameters() const { return hyperparameters_; }
  const Tokenizer& tokenizer() const { return *tokenizer_; }

  const gguf::Tensor& token_embedding() const {
    return *token_embedding_;
  }                                                                  // [vocabulary × embedding]
  const gguf::Tensor& output_norm() const { return *output_norm_; }  // [embedding]
  /// [vocabulary × embedding]; the token embedding where the file ties the two.
  const gguf::Tensor& output() const { return *output_; }
  const std::vector<LayerTensors>& layers() const { return layers_; }

  /// The token that begins every sequence and that no edit reaches: the attention sink.
  TokenId sink() const { return sink_; }

 private:
  explicit Model(gguf::File file) : file_(std::move(file)) {}
  Result<void> bind_tensors();
  Result<void> choose_sink(const Options& options);

  gguf::File file_;
  Hyperparameters hyperparameters_;
  std::unique_ptr<const Tokenizer> tokenizer_;
  const gguf::Tensor* token_embedding_ = nullptr;
  const gguf::Tensor* output_norm_ = nullptr;
  const gguf::Tensor* output_ = nullptr;
  std::vector<LayerTensors> layers_;
  TokenId sink_ = 0;
};

}  // namespace nextline
