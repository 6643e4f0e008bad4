#include "engine/backend/cuda/weights.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "engine/backend/cuda/pack.h"

namespace nextline::cuda {
namespace {

/// Most rows of a launch: what a grid has in its second dimension.
constexpr std::uint32_t kMostRows = 65535;

/// Parts of a matrix begin at multiples of this.
constexpr std::size_t kAlignment = 256;

constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

/// Copies tensors one after the other. Remembers the first thing that goes wrong.
class Weights::Uploader {
 public:
  Uploader(const Model& model, DeviceContext& device, Weights& weights)
      : model_(model),
        device_(device),
        weights_(weights),
        purpose_("the weights of \"" + model.file().name() + "\"") {}

  Result<void> run(std::size_t raw_bytes) {
    std::size_t largest = 0;
    for (const gguf::Tensor& tensor : model_.file().tensors()) {
      raw_bytes = std::max(raw_bytes, tensor.row_bytes());
      largest = std::max(largest, tensor.data.size());
    }
    auto raw = DeviceBuffer<std::byte>::allocate(std::min(raw_bytes, largest), purpose_);
    if (!raw) return tl::unexpected(raw.error());
    raw_ = std::move(*raw);
    upload_all();
    if (!failure_ && !device_.synchronize()) failure_ = *device_.failure();
    if (failure_) return tl::unexpected(*failure_);
    return {};
  }

 private:
  void upload_all() {
    weights_.token_embedding_ = matrix(model_.token_embedding());
    weights_.output_norm_ = floats(&model_.output_norm());
    if (&model_.output() == &model_.token_embedding()) {
      weights_.output_.matrices[0] = weights_.token_embedding_;
      weights_.output_.matrix_count = 1;
    } else {
      weights_.output_ = projection({&model_.output()});
    }
    for (const LayerTensors& tensors : model_.layers()) {
      if (failure_) return;
      weights_.layers_.push_back(layer(tensors));
    }
  }

  LayerWeights layer(const LayerTensors& tensors) {
    LayerWeights layer{};
    layer.attention_norm = floats(tensors.attention_norm);
    layer.heads = projection({tensors.query, tensors.key, tensors.value});
    layer.heads.bias = head_biases(tensors);
    layer.query_norm = floats(tensors.query_norm);
    layer.key_norm = floats(tensors.key_norm);
    layer.attention_output = projection({tensors.attention_output});
    layer.feed_forward_norm = floats(tensors.feed_forward_norm);
    layer.gate_and_up = tensors.gate->type == tensors.up->type
                            ? paired(*tensors.gate, *tensors.up)
                            : projection({tensors.gate, tensors.up});
    layer.down = projection({tensors.down});
    return layer;
  }

  Projection projection(std::initializer_list<const gguf::Tensor*> tensors) {
    Projection projection;
    for (const gguf::Tensor* tensor : tensors) {
      projection.matrices[projection.matrix_count++] = matrix(*tensor);
    }
    return projection;
  }

  Projection paired(const gguf::Tensor& gate, const gguf::Tensor& up) {
    const auto pairs = static_cast<std::uint32_t>((gate.rows() + 1) / 2);
    Projection projection;
    projection.matrices[0] = allocate(gate.type, 4 * pairs, gate.columns());
    projection.matrix_count = 1;
    fill(projection.matrices[0], gate, RowPlaces::kGates);
    fill(projection.matrices[0], up, RowPlaces::kUps);
    return projection;
  }

  PackedMatrix matrix(const gguf::Tensor& tensor) {
    const PackedMatrix matrix =
        allocate(tensor.type, static_cast<std::uint32_t>(tensor.rows()), tensor.columns());
    fill(matrix, tensor, RowPlaces::kSame);
    return matrix;
  }

  PackedMatrix allocate(gguf::TensorType type, std::uint32_t rows, std::uint64_t columns) {
    PackedMatrix matrix;
    matrix.type = type;
    matrix.rows = rows;
    matrix.columns = static_cast<std::uint32_t>(columns);
    matrix.blocks = (matrix.columns + kBlockColumns - 1) / kBlockColumns;
    const PackedSizes sizes = packed_sizes(type);
    const std::size_t blocks = std::size_t{rows} * matrix.blocks;
    const std::size_t quants = aligned(blocks * sizes.planes * sizeof(uint4));
    const std::size_t high = aligned(blocks * sizes.high);
    const std::size_t scales = aligned(blocks * sizes.scales);
    const std::size_t supers = aligned(std::size_t{rows} * matrix.super_blocks() * sizes.supers);
    std::byte* const memory = this->memory(quants + high + scales + supers);
    if (memory == nullptr) return matrix;
    matrix.quants = reinterpret_cast<uint4*>(memory);
    matrix.high = memory + quants;
    matrix.scales = matrix.high + high;
    matrix.supers = matrix.scales + scales;
    return matrix;
  }

  /// As many rows at a time as fit the memory for raw ones.
  void fill(const PackedMatrix& matrix, const gguf::Tensor& tensor, RowPlaces places) {
    const std::size_t row_bytes = tensor.row_bytes();
    const auto most =
        static_cast<std::uint32_t>(std::min<std::size_t>(kMostRows, raw_.size() / row_bytes));
    for (std::uint32_t first = 0; first < tensor.rows() && !failure_; first += most) {
      const auto count =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(most, tensor.rows() - first));
      const bool done = device_.copy(raw_.data(), tensor.data.data() + first * row_bytes,
                                     count * row_bytes, cudaMemcpyHostToDevice) &&
                        pack(device_, {raw_.data(), row_bytes, first, count, places}, matrix) &&
                        device_.synchronize();
      if (!done) failure_ = *device_.failure();
    }
    model_.file().release_pages(tensor.data);
  }

  /// Biases of query, key and value one behind the other, zero where there is none.
  const float* head_biases(const LayerTensors& tensors) {
    if (!tensors.query_bias && !tensors.key_bias && !tensors.value_bias) return nullptr;
    const Hyperparameters& h = model_.hyperparameters();
    std::vector<float> values(h.query_length() + 2 * h.kv_length());
    const std::span<float> all = values;
    expand(tensors.query_bias, all.first(h.query_length()));
    expand(tensors.key_bias, all.subspan(h.query_length(), h.kv_length()));
    expand(tensors.value_bias, all.last(h.kv_length()));
    return copied(values);
  }

  const float* floats(const gguf::Tensor* tensor) {
    if (!tensor) return nullptr;
    std::vector<float> values(tensor->columns());
    expand(tensor, values);
    return copied(values);
  }

  static void expand(const gguf::Tensor* tensor, std::span<float> values) {
    if (tensor) gguf::dequantize_row(tensor->type, tensor->data, values);
  }

  const float* copied(std::span<const float> values) {
    std::byte* const to = memory(values.size_bytes());
    if (to == nullptr) return nullptr;
    const bool done =
        device_.copy(to, values.data(), values.size_bytes(), cudaMemcpyHostToDevice) &&
        device_.synchronize();  // The values are the caller's.
    if (!done) failure_ = *device_.failure();
    return reinterpret_cast<const float*>(to);
  }

  /// Zeros; null where something has gone wrong.
  std::byte* memory(std::size_t bytes) {
    if (failure_) return nullptr;
    auto buffer = DeviceBuffer<std::byte>::allocate(bytes, purpose_);
    if (!buffer) {
      failure_ = buffer.error();
      return nullptr;
    }
    weights_.memory_.push_back(std::move(*buffer));
    if (!device_.clear(weights_.memory_.back().data(), bytes)) failure_ = *device_.failure();
    return weights_.memory_.back().data();
  }

  const Model& model_;
  DeviceContext& device_;
  Weights& weights_;
  std::string purpose_;  // Of memory.
  DeviceBuffer<std::byte> raw_;
  std::optional<Error> failure_;
};

Result<Weights> Weights::upload(const Model& model, DeviceContext& device, std::size_t raw_bytes) {
  Weights weights;
  if (auto done = Uploader(model, device, weights).run(raw_bytes); !done) {
    return tl::unexpected(done.error());
  }
  return weights;
}

std::size_t Weights::bytes() const {
  std::size_t bytes = 0;
  for (const auto& buffer : memory_) bytes += buffer.size();
  return bytes;
}

std::vector<const Projection*> Weights::projections() const {
  std::vector<const Projection*> all;
  for (const LayerWeights& layer : layers_) {
    for (const Projection* projection :
         {&layer.heads, &layer.attention_output, &layer.gate_and_up, &layer.down}) {
      all.push_back(projection);
    }
  }
  return all;
}

}  // namespace nextline::cuda
