#include "engine/backend/cpu/cpu_backend.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "engine/backend/cpu/activations.h"
#include "engine/backend/cpu/attention.h"
#include "engine/backend/cpu/cpu_kv_storage.h"
#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/multiplier.h"
#include "engine/backend/cpu/thread_measurement.h"
#include "engine/backend/cpu/thread_pool.h"
#include "engine/backend/cpu/weights.h"
#include "engine/model/rope.h"

namespace nextline::cpu {
namespace {

const float* data_or_null(const std::vector<float>& values) {
  return values.empty() ? nullptr : values.data();
}

Product product_of(const PackedMatrix& matrix, const OutputView& output) {
  return {&matrix.view(), matrix.panel_count(), output};
}

/// One arithmetic for all instruction sets. To be raised with every change of kernels, packing or
/// quantisation of inputs that moves a bit of a key or a value: snapshots outlive the program.
constexpr std::uint32_t kArithmeticVersion = 0x0002'0002;

/// Models narrower than this get their inputs in two bytes. One byte costs the default model (896
/// wide) 0.0003 nat of KL to float32, and SmolLM2 (576 wide) 0.004 and the first choice at 3 % of
/// positions; two bytes cost a narrow model a third of its prefill rate and lose nothing.
constexpr std::uint32_t kNarrowEmbedding = 768;

InputPrecision precision_for(const Hyperparameters& h) {
  return h.embedding_length < kNarrowEmbedding ? InputPrecision::kTwoBytes
                                               : InputPrecision::kOneByte;
}

/// Keys and values are read again with every token: halves take half the time of floats, and what
/// they lose is less than what inputs in one byte do.
constexpr KvType kKvType = KvType::kFloat16;

class CpuBackend final : public Backend {
 public:
  CpuBackend(const Model& model, InstructionSet instruction_set, Weights weights,
             std::uint32_t thread_count)
      : model_(model),
        h_(model.hyperparameters()),
        instruction_set_(instruction_set),
        kernels_(kernels_of(instruction_set)),
        precision_(precision_for(h_)),
        threads_(thread_count),
        weights_(std::move(weights)),
        rope_(h_.rope),
        attention_(h_, kernels_, threads_, rope_),
        multiplier_(most_columns(weights_), kernels_, threads_) {}

  std::string description() const override {
    return "CPU, " + std::string(name_of(instruction_set_)) + ", " +
           std::to_string(threads_.thread_count()) +
           (threads_.thread_count() == 1 ? " thread" : " threads");
  }
  const Model& model() const override { return model_; }
  std::uint32_t arithmetic_version() const override { return kArithmeticVersion; }

  Result<std::unique_ptr<KvStorage>> create_storage(std::uint32_t slot_count,
                                                    std::optional<KvType> kv_type) override {
    try {
      return std::make_unique<CpuKvStorage>(h_, slot_count, kv_type.value_or(kKvType), kernels_,
                                            threads_, rope_);
    } catch (const std::bad_alloc&) {
      return failure("There is not enough memory for a KV cache of " + std::to_string(slot_count) +
                     " tokens.");
    }
  }

  PassOutcome forward(KvStorage& kv_storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    auto& storage = static_cast<CpuKvStorage&>(kv_storage);
    begin_pass(batch);
    plan_attention(batch);
    for (std::uint32_t layer = 0; layer < h_.layer_count; ++layer) {
      if (stop.stop_requested()) return PassOutcome::kCancelled;
      const LayerWeights& weights = weights_.layers[layer];
      project_heads(weights);
      place_heads(weights, storage, layer);
      // Behind the last keys and values, only rows that ask for logits matter.
      if (layer + 1 == h_.layer_count) {
        keep_asking_rows();
        plan_attention(batch);
      }
      attend(storage, layer);
      add_attention(weights);
      add_feed_forward(weights);
    }
    if (stop.stop_requested()) return PassOutcome::kCancelled;
    write_logits(logits);
    return PassOutcome::kFinished;
  }

  void use_threads(std::uint32_t at_most) override { threads_.limit(at_most); }

 private:
  std::size_t row_count() const { return rows_.size(); }

  template <typename Step>
  void for_each_row(Step step) {
    threads_.run(static_cast<std::uint32_t>(row_count()),
                 [&](std::uint32_t row, std::uint32_t) { step(row); });
  }

  /// Makes room for the rows and looks up their embeddings: hidden_.
  void begin_pass(const Batch& batch) {
    rows_.clear();
    Position last = 0;
    for (const BatchRow& row : batch.rows) {
      rows_.push_back(&row);
      last = std::max(last, row.position);
      for (const Run& run : batch.views[row.view]) {
        if (run.first_position > row.position) break;
        last = std::max(last, run.query_position(row.position));
      }
    }
    rope_.reserve(last + 1);
    hidden_.resize(row_count() * h_.embedding_length);
    queries_.resize(row_count() * h_.query_length());
    keys_.resize(row_count() * h_.kv_length());
    values_.resize(row_count() * h_.kv_length());
    gates_.resize(row_count() * h_.feed_forward_length);
    ups_.resize(row_count() * h_.feed_forward_length);
    resize_activations();
    const gguf::Tensor& embedding = model_.token_embedding();
    for_each_row([&](std::uint32_t row) {
      const auto token = static_cast<std::uint64_t>(rows_[row]->token);
      gguf::dequantize_row(embedding.type, embedding.row(token), hidden(row));
    });
  }

  void resize_activations() {
    const auto rows = static_cast<std::uint32_t>(row_count());
    normed_.resize(rows, h_.embedding_length);
    attended_.resize(rows, h_.query_length());
    activated_.resize(rows, h_.feed_forward_length);
  }

  /// normed_ = quantised RMS norm of hidden_.
  void norm(const std::vector<float>& weight) {
    for_each_row([&](std::uint32_t row) {
      kernels_.rms_norm(hidden(row).data(), weight.data(), h_.embedding_length, h_.rms_epsilon,
                        normed_.values(row).data());
      normed_.quantize(row, precision_, kernels_);
    });
  }

  /// queries_, keys_, values_ from hidden_.
  void project_heads(const LayerWeights& weights) {
    norm(weights.attention_norm);
    multiply(
        normed_,
        {product_of(weights.query,
                    {queries_.data(), h_.query_length(), data_or_null(weights.query_bias), 0}),
         product_of(weights.key, {keys_.data(), h_.kv_length(), data_or_null(weights.key_bias), 0}),
         product_of(weights.value,
                    {values_.data(), h_.kv_length(), data_or_null(weights.value_bias), 0})});
  }

  /// Norms and scales the queries; norms, turns and stores the keys; stores the values.
  void place_heads(const LayerWeights& weights, CpuKvStorage& storage, std::uint32_t layer) {
    const KvKernels& kernels = storage.kernels();
    const std::uint32_t dimension = h_.head_dimension;
    const float scale = attention_.query_scale();
    for_each_row([&](std::uint32_t row) {
      float* query = queries_.data() + row * h_.query_length();
      norm_heads(query, h_.head_count, weights.query_norm);
      for (std::uint32_t i = 0; i < h_.query_length(); ++i) query[i] *= scale;

      float* key = keys_.data() + row * h_.kv_length();
      const float* value = values_.data() + row * h_.kv_length();
      norm_heads(key, h_.head_count_kv, weights.key_norm);
      kernels_.rotate(rotation_of(rope_, rows_[row]->position), dimension, h_.head_count_kv, key,
                      {key, dimension, 16});
      for (std::uint32_t head = 0; head < h_.head_count_kv; ++head) {
        const std::size_t offset = std::size_t{head} * dimension;
        kernels.store_key(key + offset, dimension, rows_[row]->slot, storage.keys(layer, head));
        kernels.store_value(value + offset, dimension, rows_[row]->slot,
                            storage.values(layer, head));
      }
    });
  }

  void norm_heads(float* heads, std::uint32_t count, const std::vector<float>& weight) const {
    if (weight.empty()) return;
    for (std::uint32_t head = 0; head < count; ++head, heads += h_.head_dimension) {
      kernels_.rms_norm(heads, weight.data(), h_.head_dimension, h_.rms_epsilon, heads);
    }
  }

  /// Drops the rows that do not ask for logits from everything that is read from here on.
  void keep_asking_rows() {
    std::size_t kept = 0;
    for (std::size_t row = 0; row < row_count(); ++row) {
      if (!rows_[row]->wants_logits) continue;
      std::ranges::copy(hidden(row), hidden(kept).begin());
      std::copy_n(queries_.begin() + static_cast<std::ptrdiff_t>(row * h_.query_length()),
                  h_.query_length(),
                  queries_.begin() + static_cast<std::ptrdiff_t>(kept * h_.query_length()));
      rows_[kept++] = rows_[row];
    }
    rows_.resize(kept);
    resize_activations();
  }

  /// Shares out the attention of the rows there are.
  void plan_attention(const Batch& batch) {
    attention_queries_.clear();
    for (std::size_t row = 0; row < row_count(); ++row) {
      attention_queries_.push_back(
          {rows_[row], queries_.data() + row * h_.query_length(), attended_.values(row).data()});
    }
    attention_.plan(batch.views, attention_queries_);
  }

  /// attended_ = quantised attention of queries_.
  void attend(const CpuKvStorage& storage, std::uint32_t layer) {
    attention_.run(storage, layer);
    for_each_row([&](std::uint32_t row) { attended_.quantize(row, precision_, kernels_); });
  }

  /// hidden_ += attention_output · attended_.
  void add_attention(const LayerWeights& weights) {
    multiply(attended_, {product_of(weights.attention_output, residual())});
  }

  /// hidden_ += down · swiglu(gate · x, up · x), x = norm of hidden_.
  void add_feed_forward(const LayerWeights& weights) {
    const std::uint32_t length = h_.feed_forward_length;
    norm(weights.feed_forward_norm);
    multiply(normed_, {product_of(weights.gate, {gates_.data(), length, nullptr, 0}),
                       product_of(weights.up, {ups_.data(), length, nullptr, 0})});
    for_each_row([&](std::uint32_t row) {
      kernels_.swiglu(gates_.data() + row * length, ups_.data() + row * length, length,
                      activated_.values(row).data());
      activated_.quantize(row, precision_, kernels_);
    });
    multiply(activated_, {product_of(weights.down, residual())});
  }

  void write_logits(Logits& logits) {
    logits.resize(row_count(), h_.vocabulary_size);
    if (row_count() == 0) return;
    norm(weights_.output_norm);
    multiply(normed_,
             {product_of(weights_.output, {logits.row(0).data(), h_.vocabulary_size, nullptr, 0})});
  }

  void multiply(const Activations& input, std::initializer_list<Product> products) {
    multiplier_.run(input.view(precision_), {products.begin(), products.size()});
  }

  std::span<float> hidden(std::size_t row) {
    return std::span(hidden_).subspan(row * h_.embedding_length, h_.embedding_length);
  }
  OutputView residual() {
    return {hidden_.data(), h_.embedding_length, hidden_.data(), h_.embedding_length};
  }

  const Model& model_;
  const Hyperparameters& h_;
  InstructionSet instruction_set_;
  const Kernels& kernels_;
  InputPrecision precision_;
  ThreadPool threads_;
  Weights weights_;
  RopeTable rope_;
  Attention attention_;
  Multiplier multiplier_;

  // The state of the pass under way; [rows × …].
  std::vector<const BatchRow*> rows_;
  std::vector<float> hidden_;   // embedding: the residual stream
  std::vector<float> queries_;  // head_count × head_dimension
  std::vector<float> keys_;     // head_count_kv × head_dimension
  std::vector<float> values_;   // head_count_kv × head_dimension
  std::vector<float> gates_;    // feed_forward
  std::vector<float> ups_;      // feed_forward
  Activations normed_;          // embedding
  Activations attended_;        // head_count × head_dimension
  Activations activated_;       // feed_forward
  std::vector<Attention::Query> attention_queries_;
};

}  // namespace

Result<std::unique_ptr<Backend>> create_backend(const Model& model, const Options& options) {
  const std::vector<InstructionSet> supported = supported_instruction_sets();
  const InstructionSet chosen = options.instruction_set.value_or(supported.back());
  if (std::ranges::find(supported, chosen) == supported.end()) {
    return failure("This machine cannot execute the instruction set \"" +
                   std::string(name_of(chosen)) + "\".");
  }
  if (model.hyperparameters().head_dimension % 16 != 0) {
    return failure(
        "The model \"" + model.file().name() +
        "\" has heads whose length is not a multiple of 16, which the CPU kernels need.");
  }
  try {
    const AvailableCores cores = available_cores();
    ThreadChoice choice{options.threads, ThreadReason::kAskedFor, {}};
    ThreadPool threads(options.threads ? options.threads : cores.logical);
    Weights weights = pack_weights(model, threads);
    if (options.threads == 0) {
      choice = measure_threads(weights, kernels_of(chosen), precision_for(model.hyperparameters()),
                               cores, threads);
    }
    if (options.choice) *options.choice = choice;
    return std::make_unique<CpuBackend>(model, chosen, std::move(weights), choice.threads);
  } catch (const std::bad_alloc&) {
    return failure("There is not enough memory for the weights of \"" + model.file().name() +
                   "\".");
  }
}

}  // namespace nextline::cpu
