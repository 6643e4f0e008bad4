#include "engine/backend/reference/reference_backend.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "engine/model/rope.h"

namespace nextline::reference {
namespace {

using Vector = std::vector<float>;
using Rows = std::vector<Vector>;  // One vector per row of the batch.

/// To be raised with every change of the code that moves a bit of a key or a value.
constexpr std::uint32_t kArithmeticVersion = 0x0001'0001;

/// Keys and values in float32: [layer × slot × kv_length] each.
class Storage final : public KvStorage {
 public:
  Storage(const Hyperparameters& h, std::uint32_t slot_count, RopeTable& rope)
      : slot_count_(slot_count),
        layer_count_(h.layer_count),
        kv_length_(h.kv_length()),
        head_dimension_(h.head_dimension),
        rope_(rope),
        keys_(std::size_t{slot_count} * h.layer_count * kv_length_),
        values_(keys_.size()) {}

  std::uint32_t slot_count() const override { return slot_count_; }
  std::size_t slot_bytes() const override {
    return std::size_t{2} * sizeof(float) * layer_count_ * kv_length_;
  }
  KvType kv_type() const override { return KvType::kFloat32; }
  void read(Slot slot, std::uint32_t layer, std::span<float> key,
            std::span<float> value) const override {
    std::copy_n(keys_.data() + offset(slot, layer), kv_length_, key.data());
    std::copy_n(values_.data() + offset(slot, layer), kv_length_, value.data());
  }

  void move(std::span<const SlotMove> moves) override {
    for (const SlotMove& move : moves) {
      rope_.reserve(static_cast<std::uint32_t>(std::abs(move.shift)) + 1);
    }
    for (std::uint32_t layer = 0; layer < layer_count_; ++layer) {
      Rows keys;
      Rows values;
      for (const SlotMove& move : moves) {
        keys.emplace_back(key(move.from, layer).begin(), key(move.from, layer).end());
        values.emplace_back(value(move.from, layer).begin(), value(move.from, layer).end());
      }
      for (std::size_t i = 0; i < moves.size(); ++i) {
        for (std::size_t head = 0; moves[i].shift != 0 && head < kv_length_;
             head += head_dimension_) {
          rope_.turn(std::span(keys[i]).subspan(head, head_dimension_), moves[i].shift);
        }
        std::ranges::copy(keys[i], key(moves[i].to, layer).begin());
        std::ranges::copy(values[i], value(moves[i].to, layer).begin());
      }
    }
  }

  void save(std::span<const Slot> slots, std::span<std::byte> bytes) const override {
    assert(bytes.size() == slots.size() * slot_bytes());
    const std::size_t vector_bytes = kv_length_ * sizeof(float);
    std::byte* out = bytes.data();
    for (const Slot slot : slots) {
      for (std::uint32_t layer = 0; layer < layer_count_; ++layer) {
        for (const Vector* from : {&keys_, &values_}) {
          std::memcpy(out, from->data() + offset(slot, layer), vector_bytes);
          out += vector_bytes;
        }
      }
    }
  }

  void load(std::span<const Slot> slots, std::span<const std::byte> bytes) override {
    assert(bytes.size() == slots.size() * slot_bytes());
    const std::size_t vector_bytes = kv_length_ * sizeof(float);
    const std::byte* in = bytes.data();
    for (const Slot slot : slots) {
      for (std::uint32_t layer = 0; layer < layer_count_; ++layer) {
        for (Vector* to : {&keys_, &values_}) {
          std::memcpy(to->data() + offset(slot, layer), in, vector_bytes);
          in += vector_bytes;
        }
      }
    }
  }

  std::span<float> key(Slot slot, std::uint32_t layer) {
    return std::span(keys_).subspan(offset(slot, layer), kv_length_);
  }
  std::span<float> value(Slot slot, std::uint32_t layer) {
    return std::span(values_).subspan(offset(slot, layer), kv_length_);
  }

 private:
  std::size_t offset(Slot slot, std::uint32_t layer) const {
    return (std::size_t{layer} * slot_count_ + slot) * kv_length_;
  }

  std::uint32_t slot_count_;
  std::uint32_t layer_count_;
  std::uint32_t kv_length_;
  std::uint32_t head_dimension_;
  RopeTable& rope_;  // The backend's.
  Vector keys_;
  Vector values_;
};

class ReferenceBackend final : public Backend {
 public:
  explicit ReferenceBackend(const Model& model)
      : model_(model), h_(model.hyperparameters()), rope_(h_.rope) {}

  std::string description() const override { return "reference, float32, 1 thread"; }
  const Model& model() const override { return model_; }
  std::uint32_t arithmetic_version() const override { return kArithmeticVersion; }

  Result<std::unique_ptr<KvStorage>> create_storage(std::uint32_t slot_count,
                                                    std::optional<KvType> kv_type) override {
    if (kv_type && *kv_type != KvType::kFloat32) {
      return failure("The reference backend keeps keys and values in float32, not in " +
                     std::string(name_of(*kv_type)) + ".");
    }
    return std::make_unique<Storage>(h_, slot_count, rope_);
  }

  PassOutcome forward(KvStorage& kv_storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    auto& storage = static_cast<Storage&>(kv_storage);
    reserve_positions(batch);

    Rows hidden;  // [rows][embedding]: the residual stream
    for (const BatchRow& row : batch.rows) hidden.push_back(embedding_of(row.token));

    for (std::uint32_t layer = 0; layer < h_.layer_count; ++layer) {
      if (stop.stop_requested()) return PassOutcome::kCancelled;
      const LayerTensors& weights = model_.layers()[layer];

      const Rows x = rms_norm(hidden, *weights.attention_norm);
      Rows queries = multiply(*weights.query, x, weights.query_bias);  // kept unrotated
      Rows keys = multiply(*weights.key, x, weights.key_bias);
      const Rows values = multiply(*weights.value, x, weights.value_bias);
      for (std::size_t r = 0; r < batch.rows.size(); ++r) {
        if (weights.query_norm) norm_heads(queries[r], *weights.query_norm);
        if (weights.key_norm) norm_heads(keys[r], *weights.key_norm);
        for (std::uint32_t head = 0; head < h_.head_count_kv; ++head) {
          rope_.rotate(head_of(keys[r], head), batch.rows[r].position);
        }
        std::ranges::copy(keys[r], storage.key(batch.rows[r].slot, layer).begin());
        std::ranges::copy(values[r], storage.value(batch.rows[r].slot, layer).begin());
      }

      Rows attended;
      for (std::size_t r = 0; r < batch.rows.size(); ++r) {
        const BatchRow& row = batch.rows[r];
        attended.push_back(attend(storage, layer, queries[r], row, batch.views[row.view]));
      }
      add(hidden, multiply(*weights.attention_output, attended));

      const Rows y = rms_norm(hidden, *weights.feed_forward_norm);
      Rows gates = multiply(*weights.gate, y);
      const Rows ups = multiply(*weights.up, y);
      for (std::size_t r = 0; r < batch.rows.size(); ++r) swiglu(gates[r], ups[r]);
      add(hidden, multiply(*weights.down, gates));
    }

    Rows asking;
    for (std::size_t r = 0; r < batch.rows.size(); ++r) {
      if (batch.rows[r].wants_logits) asking.push_back(hidden[r]);
    }
    const Rows results = multiply(model_.output(), rms_norm(asking, model_.output_norm()));
    logits.resize(results.size(), h_.vocabulary_size);
    for (std::size_t r = 0; r < results.size(); ++r) {
      std::ranges::copy(results[r], logits.row(r).begin());
    }
    return PassOutcome::kFinished;
  }

 private:
  /// Softmax attention of one row over the positions 0 … row.position of its view. The stored keys
  /// stay where they are; the query is turned to where it must stand for each run.
  Vector attend(Storage& storage, std::uint32_t layer, const Vector& query, const BatchRow& row,
                const View& view) {
    Vector result(h_.query_length(), 0.0F);
    const float scale = 1.0F / std::sqrt(static_cast<float>(h_.head_dimension));
    for (std::uint32_t head = 0; head < h_.head_count; ++head) {
      const std::uint32_t kv_head = head / h_.heads_per_kv();

      Vector scores(row.position + 1);
      for (const Run& run : view) {
        if (run.first_position > row.position) break;
        Vector turned(head_dimension());
        std::copy_n(query.begin() + head * head_dimension(), head_dimension(), turned.begin());
        rope_.rotate(turned, run.query_position(row.position));
        for (std::uint32_t i = 0; i < visible(run, row); ++i) {
          const auto key = head_of(storage.key(run.first_slot + i, layer), kv_head);
          float score = 0.0F;
          for (std::uint32_t d = 0; d < head_dimension(); ++d) score += turned[d] * key[d];
          scores[run.first_position + i] = score * scale;
        }
      }

      const float highest = *std::ranges::max_element(scores);
      float sum = 0.0F;
      for (float& score : scores) sum += (score = std::exp(score - highest));

      float* out = result.data() + head * head_dimension();
      for (const Run& run : view) {
        if (run.first_position > row.position) break;
        for (std::uint32_t i = 0; i < visible(run, row); ++i) {
          const auto value = head_of(storage.value(run.first_slot + i, layer), kv_head);
          const float weight = scores[run.first_position + i] / sum;
          for (std::uint32_t d = 0; d < head_dimension(); ++d) out[d] += weight * value[d];
        }
      }
    }
    return result;
  }

  /// How many tokens of a run the row sees.
  static std::uint32_t visible(const Run& run, const BatchRow& row) {
    return std::min(run.length, row.position + 1 - run.first_position);
  }

  /// y = W·x + bias for every row x; W [outputs × inputs].
  Rows multiply(const gguf::Tensor& tensor, const Rows& inputs,
                const gguf::Tensor* bias = nullptr) {
    const Vector& weights = dequantized(tensor);
    Rows outputs(inputs.size(), bias ? dequantized(*bias) : Vector(tensor.rows(), 0.0F));
    for (std::size_t i = 0; i < tensor.rows(); ++i) {
      const std::span<const float> weight =
          std::span(weights).subspan(i * tensor.columns(), tensor.columns());
      for (std::size_t r = 0; r < inputs.size(); ++r) outputs[r][i] += dot(weight, inputs[r]);
    }
    return outputs;
  }

  static float dot(std::span<const float> a, std::span<const float> b) {
    // Eight sums, so that the compiler may use vector registers without changing the arithmetic.
    constexpr std::size_t kSums = 8;
    float sums[kSums] = {};
    std::size_t j = 0;
    for (; j + kSums <= a.size(); j += kSums) {
      for (std::size_t lane = 0; lane < kSums; ++lane) sums[lane] += a[j + lane] * b[j + lane];
    }
    for (; j < a.size(); ++j) sums[0] += a[j] * b[j];
    float total = 0.0F;
    for (const float sum : sums) total += sum;
    return total;
  }

  static void swiglu(Vector& gate, const Vector& up) {
    for (std::size_t i = 0; i < gate.size(); ++i) {
      gate[i] = gate[i] / (1.0F + std::exp(-gate[i])) * up[i];
    }
  }

  Rows rms_norm(Rows rows, const gguf::Tensor& weight) {
    for (Vector& row : rows) normalize(row, dequantized(weight));
    return rows;
  }

  void norm_heads(Vector& x, const gguf::Tensor& weight) {
    for (std::uint32_t head = 0; head < x.size() / head_dimension(); ++head) {
      normalize(head_of(x, head), dequantized(weight));
    }
  }

  void normalize(std::span<float> x, const Vector& weight) const {
    double squares = 0.0;
    for (const float value : x) squares += double{value} * value;
    const auto scale = static_cast<float>(
        1.0 / std::sqrt(squares / static_cast<double>(x.size()) + h_.rms_epsilon));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = x[i] * scale * weight[i];
  }

  Vector embedding_of(TokenId token) const {
    Vector row(h_.embedding_length);
    gguf::dequantize_row(model_.token_embedding().type,
                         model_.token_embedding().row(static_cast<std::uint64_t>(token)), row);
    return row;
  }

  /// A tensor in float32, made at its first use and kept.
  const Vector& dequantized(const gguf::Tensor& tensor) {
    Vector& values = float_weights_[&tensor];
    if (values.empty()) {
      values.resize(tensor.rows() * tensor.columns());
      for (std::uint64_t row = 0; row < tensor.rows(); ++row) {
        gguf::dequantize_row(tensor.type, tensor.row(row),
                             std::span(values).subspan(row * tensor.columns(), tensor.columns()));
      }
    }
    return values;
  }

  void reserve_positions(const Batch& batch) {
    Position last = 0;
    for (const BatchRow& row : batch.rows) {
      last = std::max(last, row.position);
      for (const Run& run : batch.views[row.view]) {
        if (run.first_position <= row.position) {
          last = std::max(last, run.query_position(row.position));
        }
      }
    }
    rope_.reserve(last + 1);
  }

  static void add(Rows& sums, const Rows& more) {
    for (std::size_t r = 0; r < sums.size(); ++r) {
      for (std::size_t i = 0; i < sums[r].size(); ++i) sums[r][i] += more[r][i];
    }
  }

  std::uint32_t head_dimension() const { return h_.head_dimension; }
  std::span<float> head_of(std::span<float> x, std::uint32_t head) const {
    return x.subspan(std::size_t{head} * h_.head_dimension, h_.head_dimension);
  }

  const Model& model_;
  const Hyperparameters& h_;
  RopeTable rope_;
  std::map<const gguf::Tensor*, Vector> float_weights_;
};

}  // namespace

std::unique_ptr<Backend> create_backend(const Model& model) {
  return std::make_unique<ReferenceBackend>(model);
}

}  // namespace nextline::reference
