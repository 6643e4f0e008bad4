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
#include "engine/backend/cuda/many_rows.h"
#include "engine/backend/cuda/pass_inputs.h"
#include "engine/backend/cuda/pass_pace.h"
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

std::uint32_t padded(std::uint32_t rows) { return (rows + 15) / 16 * 16; }

class CudaBackend final : public Backend {
 public:
  CudaBackend(const Model& model, const Options& options, std::unique_ptr<DeviceContext> device,
              Weights weights, Attention attention, std::unique_ptr<ManyRows> many)
      : model_(model),
        h_(model.hyperparameters()),
        options_(options),
        device_(std::move(device)),
        weights_(std::move(weights)),
        angles_(h_.rope),
        attention_(std::move(attention)),
        many_(std::move(many)),
        inputs_(*device_),
        pace_(*device_) {}

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
    auto storage =
        CudaKvStorage::create(h_, slot_count, kv_type.value_or(kKvType), *device_, angles_);
    // A device without memory for keys and values is of no more use than one that has failed.
    if (!storage) device_->check(tl::unexpected(storage.error()));
    return storage;
  }

  const Error* broken_by() const override { return device_->failure(); }

  PassOutcome forward(KvStorage& kv_storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    logits.resize(0, h_.vocabulary_size);
    const bool done = run_layers(kv_storage, batch, stop) && write_logits(logits);
    return done ? PassOutcome::kFinished : cancelled();
  }

  PassOutcome next_tokens(KvStorage& kv_storage, const Batch& batch, const Sampling& sampling,
                          std::vector<ChosenToken>& chosen, std::stop_token stop) override {
    chosen.clear();
    const bool done = run_layers(kv_storage, batch, stop) && write_chosen(sampling, chosen);
    return done ? PassOutcome::kFinished : cancelled();
  }

 private:
  /// The rows that a step computes, and what they read: all, or behind the last keys and values
  /// those that ask for logits.
  struct Rows {
    std::uint32_t count;
    const UploadedPlan* plan;
    const std::uint32_t* earlier;  // Which rows of hidden_ they are; null: the same.
    float* hidden;
  };

  bool is_few() const { return inputs_.row_count() <= options_.few_rows; }

  /// What was asked of the device reads buffers that the next pass fills.
  PassOutcome cancelled() {
    device_->synchronize();
    return PassOutcome::kCancelled;
  }

  /// All that comes before logits. False where it is cancelled, too.
  bool run_layers(KvStorage& kv_storage, const Batch& batch, const std::stop_token& stop) {
    const auto& storage = static_cast<const CudaKvStorage&>(kv_storage);
    if (!begin_pass(batch)) return false;
    for (std::uint32_t layer = 0; layer < h_.layer_count; ++layer) {
      if (stop.stop_requested() || !run_layer(storage, layer)) return false;
    }
    return !stop.stop_requested();
  }

  bool begin_pass(const Batch& batch) {
    if (!device_->enter() || !angles_.reserve(*device_, position_count(batch))) return false;
    if (!inputs_.upload(batch, attention_.shape()) || !reserve()) return false;
    pace_.begin(inputs_.row_count());
    const float* const norm = weights_.layers().front().attention_norm;
    return inputs_.row_count() == 0 ||
           (embed(*device_, weights_.token_embedding(), inputs_.rows(), inputs_.row_count(),
                  hidden_.data()) &&
            (!is_few() || arrange(*device_, hidden_.data(), inputs_.row_count(),
                                  h_.embedding_length, norm, normed_.data())));
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

  bool reserve() {
    const std::size_t rows = padded(inputs_.row_count());
    const std::size_t asking = padded(inputs_.asking_count());
    const std::size_t projected = h_.query_length() + 2 * std::size_t{h_.kv_length()};
    bool done = hidden_.reserve(*device_, rows * h_.embedding_length) &&
                asking_hidden_.reserve(*device_, asking * h_.embedding_length) &&
                normed_.reserve(*device_, rows * lane_order_length(h_.embedding_length)) &&
                queries_.reserve(*device_, rows * h_.query_length());
    if (!is_few()) {
      return done && many_->reserve(inputs_.row_count()) &&
             attended_.reserve(*device_, rows * h_.query_length());
    }
    return done && projected_.reserve(*device_, rows * projected) &&
           attended_.reserve(*device_, rows * lane_order_length(h_.query_length())) &&
           gates_.reserve(*device_, rows * 2 * h_.feed_forward_length) &&
           activated_.reserve(*device_, rows * lane_order_length(h_.feed_forward_length));
  }

  bool run_layer(const CudaKvStorage& storage, std::uint32_t layer) {
    if (inputs_.row_count() == 0) return true;
    const LayerWeights& weights = weights_.layers()[layer];
    if (!pace_.begin_layer() || !place(weights, storage, layer)) return false;
    const bool is_last = layer + 1 == h_.layer_count;
    const Rows rows = is_last
                          ? Rows{inputs_.asking_count(), &inputs_.asking_rows(), inputs_.asking(),
                                 asking_hidden_.data()}
                          : Rows{inputs_.row_count(), &inputs_.all_rows(), nullptr, hidden_.data()};
    if (rows.count == 0) return true;
    const AttendedRows attended{attended_.data(),
                                is_few() ? lane_order_length(h_.query_length()) : h_.query_length(),
                                is_few()};
    const float* const next_norm =
        is_last ? weights_.output_norm() : weights_.layers()[layer + 1].attention_norm;
    return attention_.run(*rows.plan, storage, layer, queries_.data(), angles_.angles(),
                          attended) &&
           (is_few() ? finish_few(weights, rows, next_norm) : finish_many(weights, rows)) &&
           pace_.end_layer();
  }

  /// Queries, and the keys and values of all rows, from hidden_.
  bool place(const LayerWeights& weights, const CudaKvStorage& storage, std::uint32_t layer) {
    const std::uint32_t rows = inputs_.row_count();
    ProjectedHeads heads{};
    if (is_few()) {
      const FewInputs inputs{normed_.data(), rows, hidden_.data(), h_.rms_epsilon};
      heads = {projected_.data(), nullptr, nullptr};
      if (!multiply_few(*device_, weights.heads, inputs, StoredOutputs{projected_.data()})) {
        return false;
      }
    } else {
      heads = {many_->outputs(), many_->row_factors(), weights.heads.bias};
      if (!many_->take_normed(hidden_.data(), rows, h_.embedding_length, weights.attention_norm,
                              h_.rms_epsilon) ||
          !many_->multiply(weights.heads, rows)) {
        return false;
      }
    }
    return place_heads(*device_, h_, weights, heads, inputs_.rows(), rows, angles_.angles(),
                       attention_.query_scale(), storage, layer, queries_.data());
  }

  /// The rest of a layer, behind attention: attention output and feed-forward.
  bool finish_few(const LayerWeights& weights, const Rows& rows, const float* next_norm) {
    const ResidualOutputs sums{hidden_.data(), rows.earlier, rows.hidden, weights.feed_forward_norm,
                               normed_.data()};
    const ResidualOutputs next{rows.hidden, nullptr, rows.hidden, next_norm, normed_.data()};
    return multiply_few(*device_, weights.attention_output, {attended_.data(), rows.count}, sums) &&
           activate_few(weights, rows) &&
           multiply_few(*device_, weights.down, {activated_.data(), rows.count}, next);
  }

  bool activate_few(const LayerWeights& weights, const Rows& rows) {
    const FewInputs inputs{normed_.data(), rows.count, rows.hidden, h_.rms_epsilon};
    if (weights.gate_and_up_are_paired()) {
      return multiply_few(*device_, weights.gate_and_up, inputs,
                          ActivatedOutputs{activated_.data(), h_.feed_forward_length});
    }
    return multiply_few(*device_, weights.gate_and_up, inputs, StoredOutputs{gates_.data()}) &&
           activate(*device_, gates_.data(), rows.count, h_.feed_forward_length, activated_.data());
  }

  bool finish_many(const LayerWeights& weights, const Rows& rows) {
    const std::uint32_t embedding = h_.embedding_length;
    return many_->take(attended_.data(), rows.count, h_.query_length()) &&
           many_->multiply(weights.attention_output, rows.count) &&
           many_->add_outputs(hidden_.data(), rows.earlier, rows.count, embedding, rows.hidden) &&
           many_->take_normed(rows.hidden, rows.count, embedding, weights.feed_forward_norm,
                              h_.rms_epsilon) &&
           many_->multiply(weights.gate_and_up, rows.count) &&
           many_->take_activated(rows.count, h_.feed_forward_length,
                                 weights.gate_and_up_are_paired()) &&
           many_->multiply(weights.down, rows.count) &&
           many_->add_outputs(rows.hidden, nullptr, rows.count, embedding, rows.hidden);
  }

  bool write_logits(Logits& logits) {
    logits.resize(inputs_.asking_count(), h_.vocabulary_size);
    return compute_logits([&](std::uint32_t first, std::uint32_t count) {
      const std::size_t size = std::size_t{count} * h_.vocabulary_size;
      const bool done = pinned_logits_.reserve(*device_, size) &&
                        device_->copy(pinned_logits_.data(), logits_.data(), size * sizeof(float),
                                      cudaMemcpyDeviceToHost) &&
                        device_->synchronize();
      if (done) std::copy_n(pinned_logits_.data(), size, logits.row(first).data());
      return done;
    });
  }

  bool write_chosen(const Sampling& sampling, std::vector<ChosenToken>& chosen) {
    const std::uint32_t asking = inputs_.asking_count();
    if (!picked_.reserve(*device_, asking) || !pinned_picked_.reserve(*device_, asking)) {
      return false;
    }
    const auto choose = [&](std::uint32_t first, std::uint32_t count) {
      return choose_tokens(*device_, logits_.data(), h_.vocabulary_size, inputs_.rows(),
                           inputs_.asking() + first, count, sampling, picked_.data() + first);
    };
    if (!compute_logits(choose) ||
        !device_->copy(pinned_picked_.data(), picked_.data(), asking * sizeof(PickedToken),
                       cudaMemcpyDeviceToHost) ||
        !device_->synchronize()) {
      return false;
    }
    for (const PickedToken& picked : std::span(pinned_picked_.data(), asking)) {
      chosen.push_back(picked.chosen());
    }
    return true;
  }

  /// The logits of the rows that ask, some rows at a time: `take(first, count)` has those of so
  /// many in logits_. By the kernels for few rows in any case: it is few that ask, and so no half
  /// is made of the largest matrix.
  template <typename Take>
  bool compute_logits(const Take& take) {
    const std::uint32_t asking = inputs_.asking_count();
    if (asking == 0) return device_->synchronize();
    if (!is_few() && !arrange(*device_, asking_hidden_.data(), asking, h_.embedding_length,
                              weights_.output_norm(), normed_.data())) {
      return false;
    }
    const std::size_t at_once = std::min(asking, kLogitRows);
    if (!logits_.reserve(*device_, at_once * h_.vocabulary_size)) return false;
    for (std::uint32_t first = 0; first < asking; first += kLogitRows) {
      const std::uint32_t count = std::min(kLogitRows, asking - first);
      const FewInputs inputs{
          normed_.data() + std::size_t{first} * lane_order_length(h_.embedding_length), count,
          asking_hidden_.data() + std::size_t{first} * h_.embedding_length, h_.rms_epsilon};
      if (!multiply_few(*device_, weights_.output(), inputs, StoredOutputs{logits_.data()}) ||
          !take(first, count)) {
        return false;
      }
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
  PassInputs inputs_;
  PassPace pace_;

  // The state of the pass under way; [rows × …].
  DeviceBuffer<float> hidden_;         // embedding: the residual stream
  DeviceBuffer<float> asking_hidden_;  // embedding; of the rows that ask for logits
  DeviceBuffer<float> normed_;     // embedding, in lane order: hidden · the next norm's weights
  DeviceBuffer<float> projected_;  // query_length + 2 · kv_length
  DeviceBuffer<float> queries_;    // query_length
  DeviceBuffer<float> attended_;   // query_length; of few rows in lane order
  DeviceBuffer<float> gates_;      // 2 · feed_forward; where gate and up are of two types
  DeviceBuffer<float> activated_;  // feed_forward, in lane order
  DeviceBuffer<float> logits_;     // vocabulary
  PinnedBuffer<float> pinned_logits_;
  DeviceBuffer<PickedToken> picked_;
  PinnedBuffer<PickedToken> pinned_picked_;
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
  release_unused_devices();
  return std::make_unique<CudaBackend>(model, options, std::move(*device), std::move(*weights),
                                       std::move(*attention), std::move(*many));
}

}  // namespace nextline::cuda
