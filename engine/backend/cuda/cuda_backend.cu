#include "engine/backend/cuda/cuda_backend.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "engine/backend/cuda/attention.h"
#include "engine/backend/cuda/choose.h"
#include "engine/backend/cuda/cuda_kv_storage.h"
#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/device_use.h"
#include "engine/backend/cuda/devices.h"
#include "engine/backend/cuda/few_rows.h"
#include "engine/backend/cuda/kv_pages.h"
#include "engine/backend/cuda/many_rows.h"
#include "engine/backend/cuda/pass_buffers.h"
#include "engine/backend/cuda/pass_graphs.h"
#include "engine/backend/cuda/pass_inputs.h"
#include "engine/backend/cuda/pass_pace.h"
#include "engine/backend/cuda/pass_shape.h"
#include "engine/backend/cuda/rope_angles.h"
#include "engine/backend/cuda/rows.h"
#include "engine/backend/cuda/weights.h"

namespace nextline::cuda {
namespace {

/// To be raised with every change that moves a bit of a key or a value: snapshots outlive the
/// program.
constexpr std::uint32_t kOwnVersion = 1;

/// Keys and values are read again with every token: halves take half the time of floats.
constexpr KvType kKvType = KvType::kFloat16;

/// Each pass expands all weights anew: a fifth of the work of 256 rows, and little of that of so
/// many (docs/cuda.md).
constexpr std::uint32_t kPromptRows = 2048;

/// Logits that are computed at a time, in rows.
constexpr std::uint32_t kLogitRows = 32;

class CudaBackend final : public Backend {
 public:
  CudaBackend(const Model& model, const Options& options, std::unique_ptr<DeviceContext> device,
              Weights weights, Attention attention, std::unique_ptr<ManyRows> many,
              std::unique_ptr<KvPages> pages)
      : model_(model),
        h_(model.hyperparameters()),
        options_(options),
        device_(std::move(device)),
        weights_(std::move(weights)),
        angles_(h_.rope),
        attention_(std::move(attention)),
        many_(std::move(many)),
        pages_(std::move(pages)),
        storages_(*device_, angles_, *pages_),
        inputs_(*device_),
        pace_(*device_),
        graphs_(*device_) {
    device_->relieve_by([this](std::size_t bytes) { return pages_->give_way(bytes); });
  }

  std::string description() const override {
    return "CUDA device " + std::to_string(options_.device) + ", " + device_->name();
  }
  const Model& model() const override { return model_; }

  std::uint32_t arithmetic_version() const override {
    // Matrix units of one generation may sum otherwise than those of another, and so may versions
    // of cuBLAS; what is computed without it depends on nothing but this code.
    std::uint32_t hash = kOwnVersion;
    for (const std::uint32_t part : {device_->capability(), many_->version(), options_.few_rows}) {
      hash = (hash ^ part) * 0x9e3779b1U;
      hash ^= hash >> 15;
    }
    return 0x0003'0000U | (hash & 0xffffU);
  }

  std::uint32_t prompt_rows() const override { return kPromptRows; }

  Result<std::unique_ptr<KvStorage>> create_storage(std::uint32_t slot_count,
                                                    std::optional<KvType> kv_type) override {
    auto storage = CudaKvStorage::create(h_, slot_count, kv_type.value_or(kKvType), storages_);
    // A device without memory for keys and values is of no more use than one that has failed.
    if (!storage) device_->check(tl::unexpected(storage.error()));
    return storage;
  }

  const Error* broken_by() const override { return device_->failure(); }

  PassOutcome forward(KvStorage& kv_storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    logits.resize(0, h_.vocabulary_size);
    const bool done =
        compute(kv_storage, batch, PassResult::kLogits, Sampling{}, stop) && take_logits(logits);
    return done ? PassOutcome::kFinished : cancelled();
  }

  PassOutcome next_tokens(KvStorage& kv_storage, const Batch& batch, const Sampling& sampling,
                          std::vector<ChosenToken>& chosen, std::stop_token stop) override {
    chosen.clear();
    const bool done =
        compute(kv_storage, batch, PassResult::kTokens, sampling, stop) && take_chosen(chosen);
    return done ? PassOutcome::kFinished : cancelled();
  }

 private:
  /// The rows that a step computes, and what they read: all, or behind the last keys and values
  /// those that ask for logits.
  struct Rows {
    std::uint32_t count;
    const PlacedPlan* plan;
    const std::uint32_t* earlier;  // Which of all rows they are; null: the same.
    float* hidden;
  };

  bool is_few() const { return shape_.row_count <= options_.few_rows; }
  bool is_repeated() const {
    return options_.uses_graphs && is_few() && shape_.row_count <= kMostRepeatedRows;
  }

  /// What was asked of the device reads buffers that the next pass fills.
  PassOutcome cancelled() {
    device_->synchronize();
    return PassOutcome::kCancelled;
  }

  /// Asks the device for a pass, up to what comes back from it, which is then on its way to pinned
  /// memory. False where the pass is cancelled, too.
  bool compute(KvStorage& kv_storage, const Batch& batch, PassResult result,
               const Sampling& sampling, const std::stop_token& stop) {
    auto& storage = static_cast<CudaKvStorage&>(kv_storage);
    if (!prepare(storage, batch, result, sampling) || stop.stop_requested()) return false;
    if (shape_.row_count == 0) return true;
    if (!is_repeated()) return ask(storage, stop);
    // Once asked for, nothing can stop it, but it is done in some milliseconds.
    return graphs_.run(shape_, [&] { return ask(storage, std::stop_token()); });
  }

  /// All that the host does for a pass, so that only calls are left that ask the device for it.
  bool prepare(CudaKvStorage& storage, const Batch& batch, PassResult result,
               const Sampling& sampling) {
    if (!device_->enter() || !angles_.reserve(*device_, position_count(batch))) return false;
    do {
      if (!plan(storage, batch, result, sampling) || !reserve()) return false;
      // Where buffers have taken the room of pages that the pass reads, those lie elsewhere now.
    } while (!pages_->are_in_place());
    pace_.begin(shape_.row_count);
    return true;
  }

  bool plan(CudaKvStorage& storage, const Batch& batch, PassResult result,
            const Sampling& sampling) {
    if (!storage.prepare(batch) ||
        !inputs_.prepare(batch, sampling, attention_.shape(), storage.addresses())) {
      return false;
    }
    shape_ = {inputs_.row_count(),       inputs_.asking_count(), result,
              storage.kv_type(),         inputs_.bytes(),        inputs_.all_rows().grid,
              inputs_.asking_rows().grid};
    return true;
  }

  bool reserve() {
    return attention_.reserve(shape_.all_rows) && attention_.reserve(shape_.asking_rows) &&
           (is_few() || many_->reserve(shape_.row_count)) &&
           buffers_.reserve(*device_, h_, shape_, is_few(), logit_rows(0));
  }

  /// For one shape, the same calls. False where the pass is cancelled, too.
  bool ask(const CudaKvStorage& storage, const std::stop_token& stop) {
    if (!inputs_.upload() || !begin_layers()) return false;
    for (std::uint32_t layer = 0; layer < h_.layer_count; ++layer) {
      if (stop.stop_requested() || !run_layer(storage, layer)) return false;
    }
    return !stop.stop_requested() && ask_for_result();
  }

  bool begin_layers() {
    const float* const norm = weights_.layers().front().attention_norm;
    return embed(*device_, weights_.token_embedding(), inputs_.rows(), shape_.row_count,
                 buffers_.hidden.data()) &&
           (!is_few() || arrange(*device_, buffers_.hidden.data(), shape_.row_count,
                                 h_.embedding_length, norm, buffers_.normed.data()));
  }

  /// Positions that keys or queries are turned to.
  static std::uint32_t position_count(const Batch& batch) {
    Position last = 0;
    for (const BatchRow& row : batch.rows) {
      last = std::max(last, row.position);
      for (const Run& run : batch.views[row.view]) {
        if (run.first_position > row.position) break;
        last = std::max(last, run.query_position(row.position));
      }
    }
    return last + 1;
  }

  bool run_layer(const CudaKvStorage& storage, std::uint32_t layer) {
    const LayerWeights& weights = weights_.layers()[layer];
    if (!pace_.begin_layer() || !place(weights, storage, layer)) return false;
    const bool is_last = layer + 1 == h_.layer_count;
    const Rows rows =
        is_last ? Rows{shape_.asking_count, &inputs_.asking_rows(), inputs_.asking(),
                       buffers_.asking_hidden.data()}
                : Rows{shape_.row_count, &inputs_.all_rows(), nullptr, buffers_.hidden.data()};
    if (rows.count == 0) return true;
    const AttendedRows attended{buffers_.attended.data(),
                                is_few() ? lane_order_length(h_.query_length()) : h_.query_length(),
                                is_few()};
    const float* const next_norm =
        is_last ? weights_.output_norm() : weights_.layers()[layer + 1].attention_norm;
    return attention_.run(*rows.plan, storage, layer, buffers_.queries.data(), angles_.angles(),
                          attended) &&
           (is_few() ? finish_few(weights, rows, next_norm) : finish_many(weights, rows)) &&
           pace_.end_layer();
  }

  /// Queries, and the keys and values of all rows, from the hidden state.
  bool place(const LayerWeights& weights, const CudaKvStorage& storage, std::uint32_t layer) {
    const std::uint32_t rows = shape_.row_count;
    ProjectedHeads heads{};
    if (is_few()) {
      const FewInputs inputs{buffers_.normed.data(), rows, buffers_.hidden.data(), h_.rms_epsilon};
      heads = {buffers_.projected.data(), nullptr, nullptr};
      if (!multiply_few(*device_, weights.heads, inputs,
                        StoredOutputs{buffers_.projected.data()})) {
        return false;
      }
    } else {
      heads = {many_->outputs(), many_->row_factors(), weights.heads.bias};
      if (!many_->take_normed(buffers_.hidden.data(), rows, h_.embedding_length,
                              weights.attention_norm, h_.rms_epsilon) ||
          !many_->multiply(weights.heads, rows)) {
        return false;
      }
    }
    return place_heads(*device_, h_, weights, heads, inputs_.rows(), rows, angles_.angles(),
                       attention_.query_scale(), storage, layer, buffers_.queries.data());
  }

  /// The rest of a layer, behind attention: attention output and feed-forward.
  bool finish_few(const LayerWeights& weights, const Rows& rows, const float* next_norm) {
    const ResidualOutputs sums{buffers_.hidden.data(), rows.earlier, rows.hidden,
                               weights.feed_forward_norm, buffers_.normed.data()};
    const ResidualOutputs next{rows.hidden, nullptr, rows.hidden, next_norm,
                               buffers_.normed.data()};
    return multiply_few(*device_, weights.attention_output, {buffers_.attended.data(), rows.count},
                        sums) &&
           activate_few(weights, rows) &&
           multiply_few(*device_, weights.down, {buffers_.activated.data(), rows.count}, next);
  }

  bool activate_few(const LayerWeights& weights, const Rows& rows) {
    const FewInputs inputs{buffers_.normed.data(), rows.count, rows.hidden, h_.rms_epsilon};
    if (weights.gate_and_up_are_paired()) {
      return multiply_few(*device_, weights.gate_and_up, inputs,
                          ActivatedOutputs{buffers_.activated.data(), h_.feed_forward_length});
    }
    return multiply_few(*device_, weights.gate_and_up, inputs,
                        StoredOutputs{buffers_.gates.data()}) &&
           activate(*device_, buffers_.gates.data(), rows.count, h_.feed_forward_length,
                    buffers_.activated.data());
  }

  bool finish_many(const LayerWeights& weights, const Rows& rows) {
    const std::uint32_t embedding = h_.embedding_length;
    return many_->take(buffers_.attended.data(), rows.count, h_.query_length()) &&
           many_->multiply(weights.attention_output, rows.count) &&
           many_->add_outputs(buffers_.hidden.data(), rows.earlier, rows.count, embedding,
                              rows.hidden) &&
           many_->take_normed(rows.hidden, rows.count, embedding, weights.feed_forward_norm,
                              h_.rms_epsilon) &&
           many_->multiply(weights.gate_and_up, rows.count) &&
           many_->take_activated(rows.count, h_.feed_forward_length,
                                 weights.gate_and_up_are_paired()) &&
           many_->multiply(weights.down, rows.count) &&
           many_->add_outputs(rows.hidden, nullptr, rows.count, embedding, rows.hidden);
  }

  /// Rows whose logits are computed at a time, from one on.
  std::uint32_t logit_rows(std::uint32_t first) const {
    return std::min(kLogitRows, shape_.asking_count - first);
  }

  /// Of logits, the first part.
  bool ask_for_result() {
    if (shape_.asking_count == 0) return true;
    if (!is_few() &&
        !arrange(*device_, buffers_.asking_hidden.data(), shape_.asking_count, h_.embedding_length,
                 weights_.output_norm(), buffers_.normed.data())) {
      return false;
    }
    return shape_.result == PassResult::kLogits ? ask_for_logits(0) : ask_for_tokens();
  }

  /// By the kernels for few rows in any case: it is few that ask, and so no half is made of the
  /// largest matrix.
  bool multiply_output(std::uint32_t first) {
    const FewInputs inputs{
        buffers_.normed.data() + std::size_t{first} * lane_order_length(h_.embedding_length),
        logit_rows(first), buffers_.asking_hidden.data() + std::size_t{first} * h_.embedding_length,
        h_.rms_epsilon};
    return multiply_few(*device_, weights_.output(), inputs, StoredOutputs{buffers_.logits.data()});
  }

  bool ask_for_logits(std::uint32_t first) {
    const std::size_t bytes = logit_rows(first) * std::size_t{h_.vocabulary_size} * sizeof(float);
    return multiply_output(first) &&
           device_->copy(buffers_.pinned_logits.data(), buffers_.logits.data(), bytes,
                         cudaMemcpyDeviceToHost);
  }

  bool ask_for_tokens() {
    for (std::uint32_t first = 0; first < shape_.asking_count; first += kLogitRows) {
      if (!multiply_output(first) ||
          !choose_tokens(*device_, buffers_.logits.data(), h_.vocabulary_size, inputs_.rows(),
                         inputs_.asking() + first, logit_rows(first), inputs_.draw(),
                         buffers_.picked.data() + first)) {
        return false;
      }
    }
    return device_->copy(buffers_.pinned_picked.data(), buffers_.picked.data(),
                         shape_.asking_count * sizeof(PickedToken), cudaMemcpyDeviceToHost);
  }

  bool take_logits(Logits& logits) {
    logits.resize(shape_.asking_count, h_.vocabulary_size);
    if (!device_->synchronize()) return false;
    for (std::uint32_t first = 0; first < shape_.asking_count; first += kLogitRows) {
      if (first > 0 && !(ask_for_logits(first) && device_->synchronize())) return false;
      std::copy_n(buffers_.pinned_logits.data(),
                  logit_rows(first) * std::size_t{h_.vocabulary_size}, logits.row(first).data());
    }
    return true;
  }

  bool take_chosen(std::vector<ChosenToken>& chosen) {
    if (!device_->synchronize()) return false;
    for (const PickedToken& picked :
         std::span(buffers_.pinned_picked.data(), shape_.asking_count)) {
      chosen.push_back(picked.chosen());
    }
    return true;
  }

  const Model& model_;
  const Hyperparameters& h_;
  Options options_;
  std::unique_ptr<DeviceContext> device_;  // Before all that has memory of it.
  Weights weights_;
  RopeAngles angles_;
  Attention attention_;
  std::unique_ptr<ManyRows> many_;
  std::unique_ptr<KvPages> pages_;
  KvStorageContext storages_;
  PassInputs inputs_;
  PassPace pace_;

  PassShape shape_;  // Of the pass under way.
  PassBuffers buffers_;
  PassGraphs graphs_;  // Know the addresses of these.
};

}  // namespace

void release_devices() { release_unused_devices(); }

Result<std::unique_ptr<Backend>> create_backend(const Model& model, const Options& options) {
  const auto device_count = count_devices();
  if (!device_count) return tl::unexpected(device_count.error());
  if (options.device >= *device_count) {
    return failure("There is no CUDA device " + std::to_string(options.device) +
                   "; this machine has " + std::to_string(*device_count) + ".");
  }
  const std::uint32_t head_dimension = model.hyperparameters().head_dimension;
  if (head_dimension % 16 != 0 || head_dimension > kMostHeadDimension) {
    return failure("The model \"" + model.file().name() +
                   "\" has heads whose length is not a multiple of 16, or more than " +
                   std::to_string(kMostHeadDimension) + ", which the CUDA kernels cannot compute.");
  }
  auto device = DeviceContext::open(options.device);
  if (!device) return tl::unexpected(device.error());
  auto attention = Attention::create(model.hyperparameters(), **device);
  if (!attention) return tl::unexpected(attention.error());
  auto weights = Weights::upload(model, **device);
  if (!weights) return tl::unexpected(weights.error());
  auto many = ManyRows::create(*weights, **device);
  if (!many) return tl::unexpected(many.error());
  auto pages = KvPages::create(**device, options.kv_bytes);
  if (!pages) return tl::unexpected(pages.error());
  release_unused_devices();
  return std::make_unique<CudaBackend>(model, options, std::move(*device), std::move(*weights),
                                       std::move(*attention), std::move(*many), std::move(*pages));
}

}  // namespace nextline::cuda
