#include "engine/backend/cpu/weights.h"

#include "engine/backend/cpu/thread_pool.h"

namespace nextline::cpu {
namespace {

/// A vector of weights in float32; empty where there is none.
std::vector<float> floats_of(const gguf::Tensor* tensor) {
  std::vector<float> values;
  if (tensor) {
    values.resize(tensor->columns());
    gguf::dequantize_row(tensor->type, tensor->data, values);
  }
  return values;
}

std::vector<const gguf::Tensor*> matrices_of(const LayerTensors& tensors) {
  return {tensors.query, tensors.key, tensors.value, tensors.attention_output,
          tensors.gate,  tensors.up,  tensors.down};
}

std::size_t packed_bytes(const Model& model) {
  std::size_t bytes = PackedMatrix::packed_bytes(model.output());
  for (const LayerTensors& tensors : model.layers()) {
    for (const gguf::Tensor* matrix : matrices_of(tensors)) {
      bytes += PackedMatrix::packed_bytes(*matrix);
    }
  }
  return bytes;
}

/// Packs one matrix behind the other.
class Packer {
 public:
  Packer(const gguf::File& file, std::span<std::uint8_t> memory, ThreadPool& threads)
      : file_(file), memory_(memory), threads_(threads) {}

  PackedMatrix pack(const gguf::Tensor* tensor) {
    const std::size_t bytes = PackedMatrix::packed_bytes(*tensor);
    const PackedMatrix matrix = PackedMatrix::pack(*tensor, memory_.first(bytes), threads_);
    memory_ = memory_.subspan(bytes);
    file_.release_pages(tensor->data);
    return matrix;
  }

  LayerWeights pack(const LayerTensors& tensors) {
    return {floats_of(tensors.attention_norm),
            pack(tensors.query),
            pack(tensors.key),
            pack(tensors.value),
            floats_of(tensors.query_bias),
            floats_of(tensors.key_bias),
            floats_of(tensors.value_bias),
            floats_of(tensors.query_norm),
            floats_of(tensors.key_norm),
            pack(tensors.attention_output),
            floats_of(tensors.feed_forward_norm),
            pack(tensors.gate),
            pack(tensors.up),
            pack(tensors.down)};
  }

 private:
  const gguf::File& file_;
  std::span<std::uint8_t> memory_;  // What is left.
  ThreadPool& threads_;
};

}  // namespace

Weights pack_weights(const Model& model, ThreadPool& threads) {
  const gguf::File& file = model.file();
  Weights weights;
  weights.memory = AlignedMemory(packed_bytes(model), Pages::kHuge);
  Packer packer(file, weights.memory.as<std::uint8_t>(), threads);
  // The largest matrix first: both copies of it are in memory while hardly anything else is.
  weights.output = packer.pack(&model.output());
  weights.output_norm = floats_of(&model.output_norm());
  for (const LayerTensors& tensors : model.layers()) weights.layers.push_back(packer.pack(tensors));
  // The kernel maps pages around each that is touched, so some have come back.
  file.release_pages(file.bytes());
  file.expect_scattered_reads(model.token_embedding().data);
  return weights;
}

std::uint32_t most_columns(const Weights& weights) {
  std::uint32_t most = weights.output.view().columns;
  for (const LayerWeights& layer : weights.layers) {
    most = std::max({most, layer.query.view().columns, layer.attention_output.view().columns,
                     layer.down.view().columns});
  }
  return most;
}

}  // namespace nextline::cpu
